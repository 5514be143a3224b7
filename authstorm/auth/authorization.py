"""The way to a code: the authorization request, and what comes back to the redirect URI; no input or output."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from authstorm.auth.codes import OAUTH_ERRORS
from authstorm.auth.form import encoded_fields
from authstorm.auth.jwt_claims import read_claims
from authstorm.auth.tokens import is_token

OURS: Final = frozenset({
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "response_mode",
})  # fmt: skip
"""Parameters of an authorization request that a target cannot give: they are made here."""

_NO_EXTRA: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Request:
    """One authorization request: its URL, and the secrets that its answers are held against; its text shows none."""

    url: str = field(repr=False)
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Authorization:
    """The authorization endpoint as one client uses it; build it with ``prepare_authorization``."""

    endpoint: str
    redirect_uri: str
    start: str

    def request(self) -> Request:
        """A new request: 256 random bits for each of ``state``, ``nonce`` and PKCE's verifier (RFC 7636 4.1, S256)."""
        state, nonce, verifier = token_urlsafe(32), token_urlsafe(32), token_urlsafe(32)
        url = f"{self.start}&state={state}&nonce={nonce}&code_challenge={challenge(verifier)}"
        return Request(url, state, nonce, verifier)


def prepare_authorization(
    endpoint: str, client_id: str, redirect_uri: str, scope: str = "", extra: Mapping[str, str] = _NO_EXTRA
) -> Authorization:
    """Prepare authorization requests (RFC 6749 4.1.1, OpenID Connect Core 3.1.2.1).

    ``extra`` are further parameters (``prompt``, ``audience``). ValueError where they name one that is made here.
    """
    if twice := sorted(OURS & extra.keys()):
        raise ValueError(f"authorization parameters {', '.join(twice)} are sent by themselves: leave them out")
    fields = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        **({"scope": scope} if scope else {}),
        "code_challenge_method": "S256",
        **extra,
    }
    joint = "&" if urlsplit(endpoint).query else "?"
    return Authorization(endpoint, redirect_uri, f"{endpoint}{joint}{encoded_fields(fields).decode()}")


def challenge(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def read_return(url: str, state: str) -> tuple[str, str]:
    """The code that came back to the redirect URI and "", or "" and the code of what is wrong (RFC 6749 4.1.2).

    ``state`` must come back equal; an error without any is still that error, for servers forget it there.
    """
    given = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    error, returned = given.get("error"), given.get("state")
    if returned != state and (returned is not None or error is None):
        return "", "state-mismatch"
    if error is not None:
        return "", OAUTH_ERRORS.get(error, "rejected")
    code = given.get("code")
    return (code, "") if is_token(code) and code else ("", "no-code")


def nonce_fault(id_token: str, nonce: str) -> str:
    """The code ``nonce-mismatch`` unless an ID token carries this nonce (OpenID Connect Core 3.1.3.7), else "".

    Nothing is said of an ID token that is absent ("") or encrypted, whose claims cannot be read.
    """
    if not id_token or id_token.count(".") == 4:
        return ""
    claims = read_claims(id_token)
    return "" if claims is not None and claims.get("nonce") == nonce else "nonce-mismatch"
