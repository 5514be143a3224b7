"""``config/alerts.yaml`` as a whole: what is watched and who is told."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import Field

from authstorm.errors import ConfigError, Problem
from authstorm.plan.alert_receivers import Alertmanager, Email, PagerDuty, Receiver, Slack, Webhook
from authstorm.plan.alert_rules import RULE_NAME, AlertRule
from authstorm.plan.secrets import Secret, SecretName
from authstorm.plan.strict import Strict, nearest, read_model
from authstorm.plan.web_address import is_loopback
from authstorm.plan.yaml_file import YamlFile, read_yaml

FILE: Final = "alerts.yaml"
Name = Annotated[str, Field(pattern=RULE_NAME, max_length=60)]


class Alerting(Strict):
    """Rules and receivers by name; both may be empty."""

    labels: dict[str, str] = Field(default_factory=dict, description="go with every alert, for routing")
    rules: dict[Name, AlertRule] = Field(default_factory=dict)
    receivers: dict[Name, Receiver] = Field(default_factory=dict)

    def secrets(self) -> Iterator[tuple[str, SecretName]]:
        """Each secret that a receiver names, with the key it stands under."""
        for name, receiver in self.receivers.items():
            for key, secret in receiver.secrets():
                yield f"receivers.{name}.{key}", secret


NO_ALERTS: Final = Alerting()


def read_alerting(path: Path, shown_as: str | None = None) -> Alerting:
    """Read the file; ConfigError carries every problem found."""
    file = read_yaml(path, shown_as)
    alerting = read_model(file, Alerting)
    problems = [*_unknown_silencers(file, alerting), *_circles(file, alerting)]
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0))
    return alerting


def resolve_receivers(alerting: Alerting, environ: Mapping[str, str] = os.environ) -> dict[str, Secret]:
    """Every secret by the name of its variable; ConfigError names all that are missing or lead elsewhere."""
    found: dict[str, Secret] = {}
    problems: list[Problem] = []
    for key, secret in alerting.secrets():
        try:
            found[secret.key] = secret.resolve(environ)
        except KeyError as error:
            problems.append(Problem(FILE, None, key, f"the secret {secret.key} is not set", str(error.args[0])))
    for name, receiver in alerting.receivers.items():
        if isinstance(receiver, Slack | Webhook) and isinstance(receiver.url, SecretName) and receiver.url.key in found:
            host = urlsplit(found[receiver.url.key].reveal()).hostname or ""
            if host != receiver.host:
                wrong = f"the address in {receiver.url.key} does not lead to {receiver.host}"
                problems.append(Problem(FILE, None, f"receivers.{name}.host", wrong, "write the host that it leads to"))
    if problems:
        raise ConfigError(problems)
    return found


def hosts(alerting: Alerting) -> dict[str, str]:
    """Where each receiver's notices go: its name, and a host that is not this machine."""
    there: dict[str, str] = {}
    for name, receiver in alerting.receivers.items():
        match receiver:
            case Email():
                host = receiver.server
            case Slack() | Webhook() if receiver.host:
                host = receiver.host
            case Webhook() | Alertmanager() | PagerDuty():
                host = urlsplit(str(receiver.url)).hostname or ""
            case _:
                continue
        if not is_loopback(host):
            there[name] = host
    return there


def _unknown_silencers(file: YamlFile, alerting: Alerting) -> Iterator[Problem]:
    for name, rule in alerting.rules.items():
        for index, other in enumerate(rule.silenced_by):
            if other not in alerting.rules or other == name:
                line = file.line_of(("rules", name, "silenced-by", index))
                wrong = "is the rule itself" if other == name else f"{other!r} is no rule"
                right = nearest(other, [each for each in alerting.rules if each != name])
                yield Problem(file.source, line, f"rules.{name}.silenced-by", wrong, right)


def _circles(file: YamlFile, alerting: Alerting) -> Iterator[Problem]:
    """Rules that silence each other in a circle would both stay silent."""
    for name in alerting.rules:
        seen: set[str] = set()
        ahead = list(alerting.rules[name].silenced_by)
        while ahead:
            other = ahead.pop()
            if other in alerting.rules and other not in seen and other != name:
                seen.add(other)
                ahead += alerting.rules[other].silenced_by
            elif other == name and name not in alerting.rules[name].silenced_by:
                line = file.line_of(("rules", name, "silenced-by"))
                yield Problem(file.source, line, f"rules.{name}.silenced-by", "leads back to the rule itself")
                break
