"""A Slack channel, by an incoming webhook: what fired, what resolved, and how the run ended."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from authstorm.plan.alert_receivers import Slack
from authstorm.plan.secrets import Secret
from authstorm.report.senders.http_post import post
from authstorm.report.senders.notice import Notice, Origin

MOST_SECTION: Final = 3000
MOST_TEXT: Final = 4000
_SIGNS: Final = {"critical": ":red_circle:", "warning": ":large_orange_circle:", "info": ":large_blue_circle:"}


class SlackSender:
    """Sends a message a second at most, with up to 20 alerts in it."""

    most = 20
    every_s = 1.0
    resend_s: float | None = None

    def __init__(self, receiver: Slack, secrets: Mapping[str, Secret], origin: Origin) -> None:
        self._origin = origin
        self._timeout_s = receiver.timeout_s
        self._url = secrets[receiver.url.key]

    def send(self, notices: Sequence[Notice]) -> str:
        """POST one message."""
        return post(self._url.reveal(), self._message(notices), self._timeout_s)

    def close(self) -> None:
        """Nothing is kept open."""

    def _message(self, notices: Sequence[Notice]) -> dict[str, Any]:
        origin = self._origin
        where = f"{origin.profile} against {origin.target}, run {origin.run}, from {origin.host}"
        sections = [{"type": "section", "text": {"type": "mrkdwn", "text": _told(notice)}} for notice in notices]
        context = {"type": "context", "elements": [{"type": "mrkdwn", "text": escaped(where, MOST_SECTION)}]}
        return {
            "text": escaped("; ".join(map(_headline, notices)), MOST_TEXT),
            "blocks": [*sections, context],
        }


def _headline(notice: Notice) -> str:
    return notice.sentence if notice.state == "final" else f"{notice.rule} {notice.state}"


def _told(notice: Notice) -> str:
    if notice.state == "final":
        return ":checkered_flag: *The run is over.* " + escaped(notice.sentence, MOST_SECTION - 100)
    sign = ":white_check_mark:" if notice.state == "resolved" else _SIGNS[notice.severity]
    head = f"{sign} *{escaped(notice.rule, 500)}* {notice.state} ({notice.severity})"
    about = "\n" + escaped(notice.about, 1000) if notice.about else ""
    return head + about + "\n" + escaped(notice.sentence, MOST_SECTION - len(head) - len(about) - 1)


def escaped(text: str, most: int) -> str:
    """The text with Slack's three signs escaped, so that it mentions nobody, cut to ``most`` characters after that."""
    parts: list[str] = []
    length = 0
    for sign in text:
        part = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(sign, sign)
        if length + len(part) > most - 1:
            return "".join(parts) + "…"
        parts.append(part)
        length += len(part)
    return "".join(parts)
