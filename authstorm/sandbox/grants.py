"""The four grants; the protocol is Authlib's, this is what it leaves to the server."""

from __future__ import annotations

from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any, ClassVar

from authlib.oauth2 import OAuth2Request
from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc6749 import grants as rfc6749
from authlib.oauth2.rfc7636 import CodeChallenge

from authstorm.sandbox.accounts import Account
from authstorm.sandbox.clients import CONFIDENTIAL, Client
from authstorm.sandbox.store import CODE_TTL_S, Code, Token

if TYPE_CHECKING:
    from authstorm.sandbox.authorization import Authorization

ANY_CLIENT = [*CONFIDENTIAL, "none"]


class ClientCredentials(rfc6749.ClientCredentialsGrant):  # type: ignore[misc]  # Authlib carries no types
    """A client for itself (RFC 6749 section 4.4)."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = [*CONFIDENTIAL]


class Password(rfc6749.ResourceOwnerPasswordCredentialsGrant):  # type: ignore[misc]  # Authlib carries no types
    """A user name and password through the client (RFC 6749 section 4.3).

    The password is checked in a step of its own, ``sign_in``, since a costly hash must not hold up other requests.
    """

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = [*CONFIDENTIAL]
    server: Authorization
    request: OAuth2Request

    def authenticate_user(self, username: str, password: str) -> tuple[str, str]:
        """Put the credentials aside for ``sign_in``; nobody is signed in yet."""
        return username, password

    async def sign_in(self) -> None:
        """Replace the credentials by the account; raises InvalidGrantError when they are wrong."""
        username, password = self.request.user
        self.request.user = await self.server.accounts.sign_in(username, password, self.request.gates)
        if self.request.user is None:
            raise InvalidGrantError("The user name or the password is wrong.")


class AuthorizationCode(rfc6749.AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib carries no types
    """A code through the browser (RFC 6749 section 4.1); its replay revokes what it led to (RFC 9700 section 2.1.1)."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = ANY_CLIENT
    server: Authorization
    request: OAuth2Request

    @staticmethod
    def validate_authorization_redirect_uri(request: OAuth2Request, client: Client) -> str:
        """The redirect URI to use; raises InvalidRequestError, without echoing a URI that is not registered."""
        uri = request.payload.redirect_uri or client.get_default_redirect_uri()
        if not uri or not client.check_redirect_uri(uri):
            raise InvalidRequestError("The redirect_uri is not registered for this client.")
        return str(uri)

    def generate_authorization_code(self) -> str:
        """A code of 256 random bits."""
        return token_urlsafe(32)

    def save_authorization_code(self, code: str, request: OAuth2Request) -> None:
        """Remember the code with what the token request has to prove."""
        asked = request.payload.data
        kept = Code(
            client=request.client,
            account=request.user,
            redirect_uri=request.payload.redirect_uri,
            scope=request.scope,
            nonce=asked.get("nonce"),
            code_challenge=asked.get("code_challenge"),
            code_challenge_method=asked.get("code_challenge_method"),
            auth_time=request.auth_time,
            expires_at=self.server.store.clock() + CODE_TTL_S,
        )
        self.server.store.keep_code(code, kept)

    def query_authorization_code(self, code: str, client: Client) -> Code | None:
        """The code when it is this client's and unused; a second use ends the tokens of the first."""
        kept = self.server.store.code(code)
        if kept is None or kept.client is not client:
            return None
        if kept.family is not None:
            kept.family.revoked = True
            self.server.counts.code_replays += 1
            return None
        return kept

    def delete_authorization_code(self, authorization_code: Code) -> None:
        """Nothing: saving the tokens marked the code as used, and it stays known so that a replay is seen."""

    def authenticate_user(self, authorization_code: Code) -> Account:
        """Whose code it is."""
        return authorization_code.account


class RefreshToken(rfc6749.RefreshTokenGrant):  # type: ignore[misc]  # Authlib carries no types
    """A new token set for a refresh token (RFC 6749 section 6), which ends with its use (RFC 9700 section 4.14.2)."""

    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar[list[str]] = ANY_CLIENT
    INCLUDE_NEW_REFRESH_TOKEN = True
    server: Authorization
    request: OAuth2Request

    def authenticate_refresh_token(self, refresh_token: str) -> Token | None:
        """The token when it may be used; the reuse of a used one revokes its family, access tokens and all."""
        token = self.server.store.token(refresh_token, "refresh_token")
        if token is None or not token.check_client(self.request.client):
            return None
        if token.ended:
            token.family.revoked = True
            self.server.counts.reuse_offences += 1
        return None if token.is_revoked() else token

    def authenticate_user(self, refresh_token: Token) -> Account | None:
        """Whose token it is."""
        return refresh_token.family.account

    def revoke_old_credential(self, refresh_token: Token) -> None:
        """End the token that was just used."""
        refresh_token.ended = True


class Pkce(CodeChallenge):  # type: ignore[misc]  # Authlib carries no types
    """Proof key for code exchange (RFC 7636), S256 alone; a public client cannot go without."""

    SUPPORTED_CODE_CHALLENGE_METHOD: ClassVar[list[str]] = ["S256"]

    def validate_code_challenge(self, grant: Any, redirect_uri: str) -> None:
        """Refuse at the authorization endpoint already what could not be redeemed."""
        super().validate_code_challenge(grant, redirect_uri)
        asked = grant.request.payload.data
        if asked.get("code_challenge") and not asked.get("code_challenge_method"):
            raise InvalidRequestError("The code_challenge_method has to be S256.")
        if not asked.get("code_challenge") and not grant.request.client.secret:
            raise InvalidRequestError("A public client has to send a code_challenge.")
