"""Who is told of alerts: the receivers of ``config/alerts.yaml``.

A receiver gets a few small requests and no load, so that its host needs no allow-list; but it must stand in the file:
where the address is a secret, ``host`` says where it may lead.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Discriminator, Field, Tag, field_validator, model_validator

from authstorm.plan.alert_rules import Severity
from authstorm.plan.secrets import SecretName
from authstorm.plan.strict import KIND, Strict
from authstorm.plan.units import Duration
from authstorm.plan.web_address import web_address


class AnyReceiver(Strict):
    """What every receiver has."""

    only: list[Severity] = Field(default_factory=list, description="severities that it is told of; all when left out")
    timeout_s: Duration = Field(10.0, alias="timeout", gt=0, le=60, description="for one request")
    give_up_s: Duration = Field(
        60.0, alias="give-up", gt=0, le=3600, description="after so long a notice counts as not delivered"
    )

    def secrets(self) -> Iterator[tuple[str, SecretName]]:
        """Each secret that it names, with its key."""
        for name, field in type(self).model_fields.items():
            value = getattr(self, name)
            if isinstance(value, SecretName):
                yield field.alias or name, value


class Log(AnyReceiver):
    """A line in the run's log."""

    kind: Literal["log"]


def _address(url: Any) -> Any:
    return web_address(url) if isinstance(url, str) else url


class Webhook(AnyReceiver):
    """Whatever takes Alertmanager's webhook (version 4)."""

    kind: Literal["webhook"]
    url: SecretName | str = Field(description="the address, or {env: NAME} where it holds a secret")
    host: str = Field("", description="where a secret address may lead")
    token: SecretName | None = Field(None, description="sent as a bearer token")

    _url = field_validator("url", mode="before")(_address)

    @model_validator(mode="after")
    def _declared(self) -> Webhook:
        if isinstance(self.url, SecretName) and not self.host:
            raise ValueError("host is missing: say where a secret address may lead, as host: hooks.example.com")
        return self


class Alertmanager(AnyReceiver):
    """Prometheus Alertmanager, by its API v2."""

    kind: Literal["alertmanager"]
    url: str = Field(description="where it answers, as http://127.0.0.1:9093")
    user: str = ""
    password: SecretName | None = None
    resend_s: Duration = Field(15.0, alias="resend", ge=1, le=300, description="how often a firing alert is sent again")

    _url = field_validator("url")(web_address)


class PagerDuty(AnyReceiver):
    """PagerDuty, by its Events API v2."""

    kind: Literal["pagerduty"]
    key: SecretName = Field(description="the integration's routing key")
    url: str = "https://events.pagerduty.com"

    _url = field_validator("url")(web_address)


class Slack(AnyReceiver):
    """A Slack channel, by an incoming webhook; told of what fired, what resolved, and how the run ended."""

    kind: Literal["slack"]
    url: SecretName = Field(description="the webhook's address, which is a secret")
    host: str = Field("hooks.slack.com", description="where that address may lead")


class Email(AnyReceiver):
    """Mail over SMTP."""

    kind: Literal["email"]
    server: str = Field(description="name of the SMTP server")
    port: int = Field(587, ge=1, le=65535)
    tls: Literal["starttls", "implicit", "none"] = "starttls"
    user: str = ""
    password: SecretName | None = None
    sender: str = Field(alias="from", pattern=r"^[^@\s<>]+@[^@\s<>]+$")
    to: list[Annotated[str, Field(pattern=r"^[^@\s<>,]+@[^@\s<>,]+$")]] = Field(min_length=1)

    @model_validator(mode="after")
    def _sealed(self) -> Email:
        if self.password is not None and self.tls == "none":
            raise ValueError("tls: none would send the password in the clear: write starttls or implicit")
        return self


class Command(AnyReceiver):
    """A program of one's own, which gets the notices as JSON on its standard input."""

    kind: Literal["command"]
    run: list[str] = Field(min_length=1, description="the program and its arguments; no shell in between")


class Unknown(AnyReceiver):
    """What has no kind that we know, so that the error names those there are."""

    kind: Literal["log", "webhook", "alertmanager", "pagerduty", "slack", "email", "command"]


KINDS: Final[dict[str, type[AnyReceiver]]] = {
    "log": Log, "webhook": Webhook, "alertmanager": Alertmanager, "pagerduty": PagerDuty, "slack": Slack,
    "email": Email, "command": Command,
}  # fmt: skip


def _kind_of(body: Any) -> str:
    kind = body.get("kind") if isinstance(body, dict) else getattr(body, "kind", None)
    return KIND + (kind if isinstance(kind, str) and kind in KINDS else "unknown")


Receiver = Annotated[
    Annotated[Log, Tag(KIND + "log")]
    | Annotated[Webhook, Tag(KIND + "webhook")]
    | Annotated[Alertmanager, Tag(KIND + "alertmanager")]
    | Annotated[PagerDuty, Tag(KIND + "pagerduty")]
    | Annotated[Slack, Tag(KIND + "slack")]
    | Annotated[Email, Tag(KIND + "email")]
    | Annotated[Command, Tag(KIND + "command")]
    | Annotated[Unknown, Tag(KIND + "unknown")],
    Discriminator(_kind_of),
]
