"""Who is told of alerts: the receivers of ``config/alerts.yaml``.

A receiver gets a few small requests and no load, so that its host needs no allow-list; but it must stand in the file,
or in the secret that the file names.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from authstorm.plan.alert_rules import Severity
from authstorm.plan.mistakes import KeyedError
from authstorm.plan.secrets import SecretName
from authstorm.plan.strict import KIND, Strict
from authstorm.plan.units import Duration
from authstorm.plan.web_address import is_loopback, web_address

MAIL: Final = r"^[^@\s<>,;]+@[^@\s<>,;]+$"
HOST: Final = r"^[A-Za-z0-9_.:\[\]-]+$"


def _address(url: str) -> str:
    """A web address as it may stand in the file; what may hold a secret is refused without being shown."""
    parts = urlsplit(url)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise ValueError("holds more than an address, which may be a secret: name its variable, as {env: HOOK_URL}")
    try:
        return web_address(url)
    except ValueError:  # its words show the whole of it
        raise ValueError("is no web address: write one as https://hooks.example.com/alerts") from None


def secret_address(url: str) -> str:
    """An address out of a secret, which may have a query; ValueError with words that show nothing of it."""
    try:
        parts = urlsplit(url)
        plain = parts._replace(query="", fragment="").geturl()
        web_address(plain)
    except ValueError:
        raise ValueError("is no web address without credentials") from None
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise ValueError("would go over the network in the clear: it has to begin with https://")
    return url


Address = Annotated[str, AfterValidator(_address)]


def _keep_sealed(url: str) -> None:
    """An address to which a secret goes along; ValueError where anybody on the way could read it."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        raise KeyedError("url", "would send a secret over the network in the clear: it has to begin with https://")


class AnyReceiver(Strict):
    """What every receiver has; ``tells_end``: it is told how a run ended in which it was told something."""

    tells_end: ClassVar[bool] = False

    only: list[Severity] = Field(default_factory=list, description="severities that it is told of; all when left out")
    timeout_s: Duration = Field(10.0, alias="timeout", gt=0, le=60, description="for one try")
    give_up_s: Duration = Field(
        60.0, alias="give-up", gt=0, le=3600, description="after so long a notice counts as not delivered"
    )

    def secrets(self) -> Iterator[tuple[str, SecretName]]:
        """Each secret that it names, with its key."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, SecretName):
                yield field.alias or name, value


def _is_named(given: Any) -> str:
    return KIND + ("plain" if isinstance(given, str) else "secret")


class Webhook(AnyReceiver):
    """Whatever takes Alertmanager's webhook (version 4)."""

    kind: Literal["webhook"]
    url: Annotated[
        Annotated[Address, Tag(KIND + "plain")] | Annotated[SecretName, Tag(KIND + "secret")], Discriminator(_is_named)
    ] = Field(description="the address, or {env: NAME} where it holds a secret")
    token: SecretName | None = Field(None, description="sent as a bearer token")

    @model_validator(mode="after")
    def _sealed(self) -> Webhook:
        if self.token is not None and isinstance(self.url, str):
            _keep_sealed(self.url)
        return self


class Alertmanager(AnyReceiver):
    """Prometheus Alertmanager, by its API v2."""

    kind: Literal["alertmanager"]
    url: Address = Field(description="where it answers, as http://127.0.0.1:9093")
    token: SecretName | None = Field(None, description="sent as a bearer token")
    user: str = Field("", description="with password, in place of a token")
    password: SecretName | None = None
    resend_s: Duration = Field(15.0, alias="resend", ge=1, le=300, description="how often a firing alert is sent again")

    @model_validator(mode="after")
    def _one_proof(self) -> Alertmanager:
        if bool(self.user) != (self.password is not None):
            raise ValueError("user and password go together")
        if self.token is not None and self.user:
            raise ValueError("token and user exclude each other: keep one")
        if self.token is not None or self.password is not None:
            _keep_sealed(self.url)
        return self


class PagerDuty(AnyReceiver):
    """PagerDuty, by its Events API v2."""

    kind: Literal["pagerduty"]
    key: SecretName = Field(description="the integration's routing key")
    url: Address = "https://events.pagerduty.com"

    @model_validator(mode="after")
    def _sealed(self) -> PagerDuty:
        _keep_sealed(self.url)
        return self


class Slack(AnyReceiver):
    """A Slack channel, by an incoming webhook; told of what fired, what resolved, and how the run ended."""

    tells_end = True

    kind: Literal["slack"]
    url: SecretName = Field(description="the webhook's address, which is a secret")


class Email(AnyReceiver):
    """Mail over SMTP."""

    tells_end = True

    kind: Literal["email"]
    server: str = Field(pattern=HOST, description="name of the SMTP server")
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str = ""
    password: SecretName | None = None
    sender: str = Field(alias="from", pattern=MAIL)
    to: list[Annotated[str, Field(pattern=MAIL)]] = Field(min_length=1, max_length=50)

    @model_validator(mode="after")
    def _sealed(self) -> Email:
        if bool(self.user) != (self.password is not None):
            raise ValueError("user and password go together")
        if self.password is not None and self.tls == "none":
            raise ValueError("tls: none would send the password in the clear: write starttls or implicit")
        return self


class Command(AnyReceiver):
    """A program of one's own, which gets the notices as JSON on its standard input."""

    tells_end = True

    kind: Literal["command"]
    run: list[Annotated[str, Field(min_length=1)]] = Field(
        min_length=1, description="the program and its arguments; no shell reads them"
    )


class Unknown(AnyReceiver):
    """What has no kind that we know, so that the error names those there are."""

    kind: Literal["webhook", "alertmanager", "pagerduty", "slack", "email", "command"]


KINDS: Final[dict[str, type[AnyReceiver]]] = {
    "webhook": Webhook, "alertmanager": Alertmanager, "pagerduty": PagerDuty, "slack": Slack, "email": Email,
    "command": Command,
}  # fmt: skip


def _kind_of(body: Any) -> str:
    kind = body.get("kind") if isinstance(body, dict) else getattr(body, "kind", None)
    return KIND + (kind if isinstance(kind, str) and kind in KINDS else "unknown")


Receiver = Annotated[
    Annotated[Webhook, Tag(KIND + "webhook")]
    | Annotated[Alertmanager, Tag(KIND + "alertmanager")]
    | Annotated[PagerDuty, Tag(KIND + "pagerduty")]
    | Annotated[Slack, Tag(KIND + "slack")]
    | Annotated[Email, Tag(KIND + "email")]
    | Annotated[Command, Tag(KIND + "command")]
    | Annotated[Unknown, Tag(KIND + "unknown")],
    Discriminator(_kind_of),
]
