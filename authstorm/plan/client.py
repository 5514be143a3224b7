"""A client as the target file registers it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from pydantic import Field, model_validator

from authstorm.plan.mistakes import KeyedError
from authstorm.plan.secrets import SecretName
from authstorm.plan.strict import Strict


class Client(Strict):
    """A registered client and how it proves itself (RFC 6749 section 2.3, RFC 7523)."""

    id: str = Field(min_length=1)
    secret: SecretName | None = Field(None, description="left out for a public client")
    auth: Literal["basic", "post", "none", "private_key_jwt"] = "basic"
    key: SecretName | None = Field(None, description="private key in PEM or as a JWK, for private_key_jwt")
    key_id: str = Field("", alias="key-id", description="its kid at the server; the JWK's own when left out")
    algorithm: str = Field("", description="as PS256; by the kind of key when left out")
    audience: str = Field("", description="of the signed statements; the token endpoint when left out")
    scope: str | None = Field(None, description="asked for with this client; the target's scope when left out")

    @model_validator(mode="after")
    def _proof(self) -> Client:
        signs = self.auth == "private_key_jwt"
        if signs and self.key is None:
            raise ValueError("auth: private_key_jwt needs the private key: add key: {file: client-key.pem}")
        if self.secret is not None and self.auth in {"none", "private_key_jwt"}:
            raise KeyedError("secret", f"is never sent with auth: {self.auth}: leave it out, or write auth: basic")
        idle = [name for name in ("key", "key_id", "algorithm", "audience") if getattr(self, name)]
        if not signs and idle:
            names = ", ".join(name.replace("_", "-") for name in idle)
            raise ValueError(f"{names}: only a client that signs has that: add auth: private_key_jwt")
        return self

    def secrets(self) -> Iterator[tuple[str, SecretName]]:
        """Each secret that the client names, with its key."""
        for name, secret in (("secret", self.secret), ("key", self.key)):
            if secret is not None:
                yield name, secret
