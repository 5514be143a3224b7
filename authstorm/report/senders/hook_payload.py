"""Alertmanager's webhook, version 4: the body that existing receivers know."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from authstorm.report.senders.notice import Notice, Origin, stamp

NOT_ENDED: Final = "0001-01-01T00:00:00Z"
"""What Alertmanager writes for an alert that fires."""


def hook_payload(receiver: str, origin: Origin, notices: Sequence[Notice]) -> dict[str, Any]:
    """The whole body; ``status`` is firing as long as one of the alerts is."""
    alerts = [_alert(origin, notice) for notice in notices]
    labels = _shared([alert["labels"] for alert in alerts])
    return {
        "version": "4",
        "groupKey": "{}:{" + ", ".join(f'{name}="{text}"' for name, text in sorted(labels.items())) + "}",
        "truncatedAlerts": 0,
        "status": "firing" if any(alert["status"] == "firing" for alert in alerts) else "resolved",
        "receiver": receiver,
        "groupLabels": {name: text for name, text in labels.items() if name in {"target", "source"}},
        "commonLabels": labels,
        "commonAnnotations": _shared([alert["annotations"] for alert in alerts]),
        "externalURL": "",
        "alerts": alerts,
    }


def end_payload(receiver: str, origin: Origin, sentence: str) -> dict[str, Any]:
    """The same body without an alert: nothing fires any more, and ``final`` says how the run ended."""
    return {
        "version": "4",
        "groupKey": "{}:{}",
        "truncatedAlerts": 0,
        "status": "resolved",
        "receiver": receiver,
        "groupLabels": {},
        "commonLabels": {},
        "commonAnnotations": {},
        "externalURL": "",
        "alerts": [],
        "final": sentence,
        "run": origin.run,
    }


def _alert(origin: Origin, notice: Notice) -> dict[str, Any]:
    labels = origin.labels_of(notice)
    return {
        "status": "firing" if notice.state == "firing" else "resolved",
        "labels": labels,
        "annotations": origin.annotations_of(notice),
        "startsAt": stamp(notice.began),
        "endsAt": NOT_ENDED if notice.state == "firing" else stamp(notice.at),
        "generatorURL": "",
        "fingerprint": fingerprint(labels),
    }


def fingerprint(labels: Mapping[str, str]) -> str:
    """Sixteen hexadecimal digits that are the same for the same labels."""
    return hashlib.sha256(json.dumps(sorted(labels.items())).encode()).hexdigest()[:16]


def _shared(maps: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What all of them have alike."""
    first, *others = maps
    return {name: text for name, text in first.items() if all(other.get(name) == text for other in others)}
