"""How a target makes and removes accounts: SCIM 2.0, Keycloak's or Zitadel's API, or two described calls."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Field, JsonValue, PlainSerializer, field_validator, model_validator

from authstorm.plan.client import Client
from authstorm.plan.json_api import Headers, Status, literal_secrets, sendable
from authstorm.plan.json_path import Path
from authstorm.plan.placeholders import unknown, words
from authstorm.plan.secrets import SecretName
from authstorm.plan.strict import Strict
from authstorm.plan.web_address import link

DOMAIN: Final = "example.test"
"""Reserved for tests (RFC 6761): accounts are made in it and nowhere else."""
_WORDS: Final = frozenset({"username", "email", "password", "id", "token"})


class AccountCall(Strict):
    """One described call; ``{username}``, ``{email}``, ``{password}``, ``{id}`` and ``{token}`` are filled in."""

    method: Literal["POST", "PUT", "PATCH", "DELETE"] = "POST"
    path: str = Field(min_length=1, description="absolute, or relative to provisioning.url")
    headers: Headers = Field(default_factory=dict)
    json_body: Annotated[JsonValue, PlainSerializer(lambda value: value)] = Field(None, alias="json")
    expect: list[Status] = Field(default_factory=list, description="statuses that mean success; any 2xx when left out")
    there: list[Status] = Field([409], description="statuses of create that mean: there is such an account already")
    gone: list[Status] = Field([404, 410], description="statuses of remove that mean: there is no such account")
    id: Path | None = Field(None, description="where create's answer holds the account's id")

    @field_validator("headers")
    @classmethod
    def _sendable(cls, headers: Headers) -> Headers:
        return sendable(headers)

    @model_validator(mode="after")
    def _known_words(self) -> AccountCall:
        for texts in (self.path, self.headers, self.json_body):
            if wrong := unknown(texts, _WORDS):
                raise ValueError(wrong)
        if key := next(literal_secrets(self.json_body), ""):
            raise ValueError(
                f"{key} holds a plain text, and a secret never stands in YAML: write {{password}} or {{token}}"
            )
        if "{password}" in self.path:
            raise ValueError("would put a password into an address, which servers write to logs")
        return self

    def uses(self, word: str) -> bool:
        """Whether a word stands anywhere in the call."""
        return word in set(words([self.path, self.headers, self.json_body]))


class Provisioning(Strict):
    """Where accounts are made, by which API, and who may do it: a bearer token, or a client that gets one."""

    by: Literal["scim", "keycloak", "zitadel", "json"]
    url: str = Field("", description="where the API answers; the target's url when left out, its /scim/v2 for scim")
    token: SecretName | None = Field(None, description="a bearer token that may manage users")
    client: Client | None = Field(None, description="or a client that gets one by client credentials")
    token_url: str = Field("", alias="token-url", description="where the client gets it; discovered when left out")
    realm: str = Field("", description="keycloak: the realm")
    organization: str = Field("", description="zitadel: the organization's id; the token's own when left out")
    create: AccountCall | None = Field(None, description="json: the call that makes an account")
    remove: AccountCall | None = Field(None, description="json: the call that removes one")

    _links = field_validator("url", "token_url")(link)

    @model_validator(mode="after")
    def _fits_together(self) -> Provisioning:
        if wrong := next(self._misfits(), ""):
            raise ValueError(wrong)
        return self

    def secrets(self) -> Iterator[tuple[str, SecretName]]:
        """Each secret that is named, with its key."""
        if self.token is not None:
            yield "provisioning.token", self.token
        for name, secret in self.client.secrets() if self.client is not None else ():
            yield f"provisioning.client.{name}", secret

    def _misfits(self) -> Iterator[str]:
        if (self.token is None) == (self.client is None):
            yield "who may do it is said by token or by client: one of both"
        if (self.by == "keycloak") != bool(self.realm):
            yield "by: keycloak needs the realm, and nothing else has one"
        if self.organization and self.by != "zitadel":
            yield "organization is for by: zitadel alone"
        if (self.by == "json") != (self.create is not None and self.remove is not None):
            yield "by: json needs the calls create and remove, and nothing else has them"
        if self.remove is not None and self.remove.uses("id") and self.create is not None and self.create.id is None:
            yield "remove needs the {id}, and create.id does not say where create's answer holds it, as id: data.id"


def email_of(username: str) -> str:
    """The address of an account: its name where that is one, else one in the reserved domain."""
    return username if "@" in username else f"{username}@{DOMAIN}"


def is_synthetic(username: str) -> bool:
    """Whether an account may be made or removed here: its name is no address, or one in the reserved domain."""
    return bool(username) and email_of(username).endswith(f"@{DOMAIN}")


def words_for(username: str, password: str, identifier: str = "", token: str = "") -> dict[str, Any]:
    """What the words of a described call stand for."""
    named = {"username": username, "email": email_of(username), "password": password}
    return named | {"id": identifier, "token": token}
