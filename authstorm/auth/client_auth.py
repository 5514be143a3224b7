"""How a client proves who it is at the token, introspection and revocation endpoint, prepared once."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from authstorm.auth.assertion import ASSERTION_TYPE, Assertions
from authstorm.auth.form import encoded
from authstorm.auth.tokens import is_token


@dataclass(frozen=True, slots=True)
class ClientAuth:
    """Headers and form fields that go with every request of one client; its text shows neither secret nor token.

    ``method`` is "basic", "post", "none", "private_key_jwt" or "bearer". ``assertions`` give the field that is new with
    each request of "private_key_jwt".
    """

    method: str
    client_id: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    assertions: Assertions | None = field(default=None, repr=False)

    @classmethod
    def basic(cls, client_id: str, secret: str) -> ClientAuth:
        """HTTP Basic; id and secret are form-encoded first, which many clients forget (RFC 6749 2.3.1)."""
        pair = b64encode(encoded(client_id) + b":" + encoded(secret)).decode()
        return cls("basic", client_id, headers=MappingProxyType({"Authorization": f"Basic {pair}"}))

    @classmethod
    def post(cls, client_id: str, secret: str) -> ClientAuth:
        """Id and secret in the form (RFC 6749 2.3.1)."""
        return cls("post", client_id, fields=MappingProxyType({"client_id": client_id, "client_secret": secret}))

    @classmethod
    def none(cls, client_id: str) -> ClientAuth:
        """A public client: its id alone in the form (RFC 6749 3.2.1)."""
        return cls("none", client_id, fields=MappingProxyType({"client_id": client_id}))

    @classmethod
    def private_key_jwt(cls, client_id: str, assertions: Assertions) -> ClientAuth:
        """A statement signed by the client's own key (RFC 7523 2.2); its id as well, which servers look for first."""
        fields = {"client_id": client_id, "client_assertion_type": ASSERTION_TYPE}
        return cls("private_key_jwt", client_id, fields=MappingProxyType(fields), assertions=assertions)

    @classmethod
    def bearer(cls, token: str) -> ClientAuth:
        """A bearer token instead of client credentials, as introspection allows (RFC 7662 2.1).

        ValueError when the token cannot stand in a header.
        """
        if not is_token(token):
            raise ValueError("a bearer token must be visible ASCII without blanks or line breaks")
        return cls("bearer", "", headers=MappingProxyType({"Authorization": f"Bearer {token}"}))
