"""Mail over SMTP: one letter for all that is to be told, and one when the run is over."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from typing import Final

from authstorm.plan.alert_receivers import Email
from authstorm.plan.secrets import Secret
from authstorm.report.senders.failure import NotTakenError
from authstorm.report.senders.notice import Notice, Origin, stamp
from authstorm.report.senders.said import said_in

FAREWELL_S: Final = 0.3
"""So long the server may take to say goodbye: less than a try may exceed its time by, or it would be made again."""


class MailSender:
    """Sends a letter every few seconds at most, with up to 50 alerts in it."""

    most = 50
    every_s = 5.0
    resend_s: float | None = None

    def __init__(self, receiver: Email, secrets: Mapping[str, Secret], origin: Origin) -> None:
        self._receiver = receiver
        self._origin = origin
        self._password = None if receiver.password is None else secrets[receiver.password.key]

    def send(self, notices: Sequence[Notice]) -> str:
        """Hand the letter to the server."""
        try:
            return self._send(self._letter(notices))
        except smtplib.SMTPException as error:
            raise _failed(error) from None
        except TimeoutError:
            raise NotTakenError("timeout", f"no answer within {self._receiver.timeout_s:g} s", again=True) from None
        except ssl.SSLError:
            raise NotTakenError(
                "tls", "its certificate cannot be trusted, or it does not speak TLS", again=False
            ) from None
        except socket.gaierror:
            raise NotTakenError("no-name", "its host name has no address", again=True) from None
        except OSError:
            raise NotTakenError("no-connection", "nobody answers there", again=True) from None
        except UnicodeEncodeError:  # smtplib logs in with ASCII alone
            wrong = "its user or password has characters beyond ASCII, which cannot be sent"
            raise NotTakenError("login", wrong, again=False) from None

    def close(self) -> None:
        """Nothing is kept open."""

    def _send(self, letter: EmailMessage) -> str:
        given, context = self._receiver, ssl.create_default_context()
        timeout_s = given.timeout_s
        server = (
            smtplib.SMTP_SSL(given.server, given.port, timeout=timeout_s, context=context)
            if given.tls == "implicit"
            else smtplib.SMTP(given.server, given.port, timeout=timeout_s)
        )
        try:
            if given.tls == "starttls":
                server.starttls(context=context)
            if self._password is not None:
                server.login(given.user, self._password.reveal())
            refused = server.send_message(letter)
            with suppress(smtplib.SMTPException, OSError):  # it has the letter: a farewell that fails sends no second
                if server.sock is not None:
                    server.sock.settimeout(FAREWELL_S)
                server.quit()
        finally:
            server.close()
        return f"taken, but not for {len(refused)} of {len(given.to)}" if refused else "taken by the server"

    def _letter(self, notices: Sequence[Notice]) -> EmailMessage:
        origin, letter = self._origin, EmailMessage()
        letter["From"] = self._receiver.sender
        letter["To"] = ", ".join(self._receiver.to)
        letter["Date"] = formatdate()
        letter["Message-ID"] = make_msgid(domain=self._receiver.sender.rpartition("@")[2])
        letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers
        letter["Subject"] = _one_line(f"[{origin.target}] {_subject(notices)}")
        where = f"{origin.profile} against {origin.target}, run {origin.run}, from {origin.host}"
        letter.set_content("\n\n".join([*map(_paragraph, notices), where]) + "\n")
        return letter


def _subject(notices: Sequence[Notice]) -> str:
    first = notices[0]
    if first.state == "final":
        return f"the run is over: {first.sentence}"
    more = f" and {len(notices) - 1} more" if len(notices) > 1 else ""
    return f"{first.rule} {first.state}{more}"


def _paragraph(notice: Notice) -> str:
    if notice.state == "final":
        return f"The run is over. {notice.sentence}"
    lines = [f"{notice.rule} {notice.state} ({notice.severity})", notice.about, notice.sentence]
    return "\n".join([*(line for line in lines if line), f"Since {stamp(notice.began)}, told at {stamp(notice.at)}."])


def _one_line(text: str) -> str:
    """A subject that is no second header, and not longer than mail programs show."""
    return "".join(sign for sign in " ".join(text.split()) if sign.isprintable())[:200]


def _failed(error: smtplib.SMTPException) -> NotTakenError:
    """4yz is for now and 5yz for good (RFC 5321 4.2.1)."""
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return NotTakenError("tls", "it offers no STARTTLS, or no login: see tls, user and port", again=False)
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        again = any(code < 500 for code in codes)
        return NotTakenError(f"smtp-{max(codes, default=0)}", "it takes no mail for any of the recipients", again=again)
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code > 0:
        said = error.smtp_error if isinstance(error.smtp_error, bytes) else str(error.smtp_error).encode()
        words = f"it answered {error.smtp_code} {said_in(said)}".strip()
        return NotTakenError(f"smtp-{error.smtp_code}", words, again=error.smtp_code < 500)
    return NotTakenError("no-connection", "the connection broke off", again=True)
