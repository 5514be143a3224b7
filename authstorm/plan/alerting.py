"""``config/alerts.yaml`` as a whole: what is watched, and who is told."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field

from authstorm.errors import ConfigError, Problem
from authstorm.plan.alert_receivers import Receiver, Slack, Webhook, secret_address
from authstorm.plan.alert_rules import RULE_NAME, AlertRule
from authstorm.plan.secrets import Secret, SecretName
from authstorm.plan.strict import Strict, nearest, read_model
from authstorm.plan.units import Duration
from authstorm.plan.yaml_file import YamlFile, read_yaml

FILE: Final = "alerts.yaml"
Name = Annotated[str, Field(pattern=RULE_NAME, max_length=60)]


LABEL_NAME: Final = r"^[A-Za-z_][A-Za-z0-9_]*$"
"""As Prometheus has them."""
SHORTEST_PART: Final = 8
"""What is shorter in a secret address may stand anywhere, and hiding it would spoil other texts."""
_WORDS: Final = re.compile(r"[a-z/._-]{0,24}")
"""Parts of a path that are words, as ``services``, are no secret."""
OWN_LABELS: Final = frozenset({"alertname", "severity", "target", "profile", "source"})
Label = Annotated[str, Field(pattern=LABEL_NAME, max_length=60)]


class Alerting(Strict):
    """Rules and receivers by name; there may be none."""

    labels: dict[Label, Annotated[str, Field(min_length=1, max_length=200)]] = Field(
        default_factory=dict, description="go with every alert that is sent, for routing"
    )
    last_call_s: Duration = Field(
        10.0, alias="last-call", le=300, description="so long the end of a run waits for what is not delivered yet"
    )
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
    return _checked(read_yaml(path, shown_as))


def alerting_of(given: Alerting | Mapping[str, Any]) -> Alerting:
    """The same from what stands in such a file, or from what was made in code; its problems have no lines."""
    if isinstance(given, Alerting):
        return _sound(given, YamlFile("rules", {}, {}))
    return _checked(YamlFile("rules", dict(given), {}))


def _checked(file: YamlFile) -> Alerting:
    return _sound(read_model(file, Alerting), file)


def _sound(alerting: Alerting, file: YamlFile) -> Alerting:
    """What is wrong between one rule and another, or with a label's name, is a ConfigError."""
    problems = [*_unknown_silencers(file, alerting), *_circles(file, alerting), *_own_labels(file, alerting)]
    if problems:
        raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0))
    return alerting


def resolve_receivers(
    alerting: Alerting, source: str = FILE, environ: Mapping[str, str] = os.environ
) -> dict[str, Secret]:
    """Every secret of the receivers by its ``key``, each asked for once; ConfigError names all that cannot be used."""
    found: dict[str, Secret] = {}
    missing: set[str] = set()
    problems: list[Problem] = []
    for key, secret in alerting.secrets():
        if secret.key in found or secret.key in missing:
            continue
        try:
            found[secret.key] = secret.resolve(environ)
        except KeyError as error:
            missing.add(secret.key)
            wrong = f"the secret {secret.place} is not {'set' if secret.env else 'there'}"
            problems.append(Problem(source, None, key, wrong, str(error.args[0])))
    for name, receiver in alerting.receivers.items():
        url = receiver.url if isinstance(receiver, Slack | Webhook) else ""
        if isinstance(url, SecretName) and url.key in found:
            try:
                secret_address(found[url.key].reveal())
            except ValueError as error:
                problems.append(Problem(source, None, f"receivers.{name}.url", f"the secret {url.place} {error}"))
    if problems:
        raise ConfigError(problems)
    return found


def hidden_parts(secrets: Iterable[Secret]) -> Iterator[Secret]:
    """The secrets, and the parts of those that are addresses: a library's error may name a path without its host."""
    for secret in secrets:
        yield secret
        value = secret.reveal()
        if value.startswith(("https://", "http://")):
            parts = urlsplit(value)
            path = [parts.path, f"{parts.path}?{parts.query}", *parts.path.split("/")]
            texts = [text for text in path if _WORDS.fullmatch(text) is None]
            texts += [parts.query, *(text for _, text in parse_qsl(parts.query))]
            yield from (Secret(text) for text in texts if len(text) >= SHORTEST_PART)


def _own_labels(file: YamlFile, alerting: Alerting) -> Iterator[Problem]:
    for name in sorted(OWN_LABELS & alerting.labels.keys()):
        yield Problem(file.source, file.line_of(("labels", name)), f"labels.{name}", "is filled in by the suite")


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
