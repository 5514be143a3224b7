"""The real locustfile, with one thing changed as the variable TAMPER says.

``wrong``: every tenth login is judged to be somebody else's; ``expected``: every tenth is one that the scenario wants
to be refused, and is; ``internal``: something inside fails before the load; ``full``: the disk refuses the
report; ``listener``: somebody else's listener raises an exception, which Locust logs and forgets.
"""

from locust import events

import errno
import os
from itertools import count

from authstorm.auth.outcome import Outcome, Reply
from authstorm.drive.opening import Opening
from authstorm.drive.steps import Steps
from authstorm.errors import AuthstormError
from authstorm.report.folder import RunFolder
from locustfile import *  # noqa: F403

TAMPER = os.environ["TAMPER"]
plain_report = Steps.report
number = count(1)


def tampered_report(self, step, reply, method, url, due_s, stage, as_expected, *told):  # noqa: PLR0917
    if step == "login" and next(number) % 10 == 0:
        if TAMPER == "wrong":
            reply, as_expected = Reply(Outcome.WRONG, "jwt-signature", reply.answer), False
        if TAMPER == "expected":
            reply, as_expected = Reply(Outcome.REFUSED, "unauthorized", reply.answer), True
    return plain_report(self, step, reply, method, url, due_s, stage, as_expected, *told)


def failing(*_, **__):
    raise AuthstormError("something inside failed")


plain_write = RunFolder.write


def refusing(self, name, text):
    if name == "report.html":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    return plain_write(self, name, text)


Steps.report = tampered_report
if TAMPER == "internal":
    Opening.__init__ = failing
if TAMPER == "listener":
    events.test_start.add_listener(failing)
if TAMPER == "full":
    RunFolder.write = refusing
