"""From a receiver of the configuration to its sender."""

from __future__ import annotations

from collections.abc import Mapping

from authstorm.plan.alert_receivers import (
    Alertmanager,
    AnyReceiver,
    Command,
    Email,
    PagerDuty,
    Slack,
    Webhook,
)
from authstorm.plan.secrets import Secret
from authstorm.report.senders.alertmanager import AlertmanagerSender
from authstorm.report.senders.command import CommandSender
from authstorm.report.senders.mail import MailSender
from authstorm.report.senders.notice import Origin
from authstorm.report.senders.pagerduty import PagerDutySender
from authstorm.report.senders.sender import Sender
from authstorm.report.senders.slack import SlackSender
from authstorm.report.senders.webhook import WebhookSender


def sender_of(name: str, receiver: AnyReceiver, secrets: Mapping[str, Secret], origin: Origin) -> Sender:
    """The sender of a receiver; ``secrets`` holds its secrets by their ``key``."""
    match receiver:
        case Webhook():
            return WebhookSender(name, receiver, secrets, origin)
        case Alertmanager():
            return AlertmanagerSender(receiver, secrets, origin)
        case PagerDuty():
            return PagerDutySender(receiver, secrets, origin)
        case Slack():
            return SlackSender(receiver, secrets, origin)
        case Email():
            return MailSender(receiver, secrets, origin)
        case Command():
            return CommandSender(name, receiver, origin)
    raise AssertionError(f"no sender for {type(receiver).__name__}")
