"""The rules of the providers' own documentation, each as a function: what a body breaks, and how it is answered.

PagerDuty: Events API v2, "Send an alert event" and its rate limit. Slack: incoming webhooks, the limits of Block Kit,
rate limits. Alertmanager: ``api/v2/openapi.yaml`` (postableAlerts) and ``notify/webhook`` (version 4).
"""

import re
from datetime import datetime

BAD, OK = 400, 200


def _stamp(text):
    return datetime.fromisoformat(text)  # RFC 3339; raises for anything else


PAYLOAD = {"summary", "source", "severity", "timestamp", "component", "group", "class", "custom_details"}
EVENT = {"routing_key", "event_action", "dedup_key", "payload", "images", "links", "client", "client_url"}


def pagerduty(body, data, headers, path, at):
    rules = {
        f"path {path}": path == "/v2/enqueue",
        "content type": headers.get("Content-Type") == "application/json",
        "more than 512 kB": len(data) <= 512 * 1024,
        "routing_key is no 32 characters": re.fullmatch(r"[0-9a-zA-Z]{32}", body["routing_key"]),
        "event_action": body["event_action"] in {"trigger", "acknowledge", "resolve"},
        "dedup_key": len(body.get("dedup_key", "")) <= 255 and (body["event_action"] == "trigger" or body["dedup_key"]),
        f"unknown {set(body) - EVENT}": set(body) <= EVENT,
    }
    if body["event_action"] == "trigger":
        payload = body["payload"]
        rules |= {
            "summary": 0 < len(payload["summary"]) <= 1024,
            "source": payload["source"],
            "severity": payload["severity"] in {"critical", "error", "warning", "info"},
            "timestamp": _stamp(payload["timestamp"]),
            f"unknown {set(payload) - PAYLOAD}": set(payload) <= PAYLOAD,
        }
    wrong = [rule for rule, holds in rules.items() if not holds]
    if len([moment for moment in at if moment > at[-1] - 60]) > 120:
        return [*wrong, "more than 120 events a minute"], (429, {"Retry-After": "1"}, b"throttle exceeded")
    if wrong:
        return wrong, (BAD, {}, b'{"status":"invalid event"}')
    return wrong, (202, {}, b'{"status":"success","message":"Event processed"}')


def slack(body, data, headers, path, at):
    wrong = []
    if headers.get("Content-Type") != "application/json":
        wrong.append("content type")
    if not 0 < len(body.get("text", "")) <= 40_000:
        wrong.append("text")
    blocks = body.get("blocks", [])
    if not 0 < len(blocks) <= 50:
        wrong.append("blocks")
    for block in blocks:
        texts = [block["text"]] if block["type"] == "section" else block["elements"]
        if block["type"] not in {"section", "context"} or len(texts) > 10:
            wrong.append(f"block {block['type']}")
        for text in texts:
            if text["type"] != "mrkdwn" or not 0 < len(text["text"]) <= 3000:
                wrong.append(f"{len(text['text'])} characters in a {block['type']}")
            if re.search(r"<(?:!|@|#|https?:)", text["text"]) or re.search(r"&(?!amp;|lt;|gt;)", text["text"]):
                wrong.append("not escaped")
    if len(at) > 1 and at[-1] - at[-2] < 0.95:  # its clock and ours take the moment a little apart
        wrong.append("more than a message a second")
        return wrong, (429, {"Retry-After": "1"}, b"rate_limited")
    return wrong, ((BAD, {}, b"invalid_payload") if wrong else (OK, {}, b"ok"))


POSTABLE = {"labels", "annotations", "startsAt", "endsAt", "generatorURL"}
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def _labels(labels):
    return [f"label {name}" for name, text in labels.items() if not LABEL.fullmatch(name) or not isinstance(text, str)]


def alertmanager(body, data, headers, path, at):
    wrong = [] if path == "/api/v2/alerts" else [f"path {path}"]
    if not isinstance(body, list) or not body:
        return ["no list"], (BAD, {}, b"no list")
    for alert in body:
        wrong += [
            f"unknown {name}" for name in set(alert) - {"labels", "annotations", "startsAt", "endsAt", "generatorURL"}
        ]
        wrong += _labels(alert["labels"]) + _labels(alert["annotations"])
        wrong += [] if alert["labels"].get("alertname") else ["alertname"]
        wrong += [] if _stamp(alert["endsAt"]) >= _stamp(alert["startsAt"]) else ["ends before it starts"]
    return wrong, ((BAD, {}, b"bad") if wrong else (OK, {}, b""))


WEBHOOK = {
    "version", "groupKey", "truncatedAlerts", "status", "receiver", "groupLabels", "commonLabels", "commonAnnotations",
    "externalURL", "alerts",
}  # fmt: skip
WEBHOOK_ALERT = {"status", "labels", "annotations", "startsAt", "endsAt", "generatorURL", "fingerprint"}


def webhook(body, data, headers, path, at):
    wrong = [] if set(body) == WEBHOOK else [f"keys {set(body) ^ WEBHOOK}"]
    wrong += [] if body["version"] == "4" and isinstance(body["truncatedAlerts"], int) else ["version"]
    for alert in body["alerts"]:
        wrong += [] if set(alert) == WEBHOOK_ALERT else [f"keys of an alert {set(alert) ^ WEBHOOK_ALERT}"]
        wrong += [] if re.fullmatch("[0-9a-f]{16}", alert["fingerprint"]) else ["fingerprint"]
        wrong += _labels(alert["labels"])
        wrong += [] if _stamp(alert["startsAt"]) else ["startsAt"]
        ended = not alert["endsAt"].startswith("0001-01-01T00:00:00Z")
        wrong += [] if ended is (alert["status"] == "resolved") else ["endsAt"]
    statuses = {alert["status"] for alert in body["alerts"]}
    wrong += [] if body["status"] == ("firing" if "firing" in statuses else "resolved") else ["status"]
    for name, text in body["commonLabels"].items():
        wrong += [] if all(alert["labels"].get(name) == text for alert in body["alerts"]) else ["commonLabels"]
    return wrong, ((BAD, {}, b"bad") if wrong else (OK, {}, b"ok"))
