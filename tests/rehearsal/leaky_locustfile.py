"""The real locustfile, with visitors that spill every secret they hold into logs and exceptions."""

import logging

from authstorm.drive.visitor import Visitor
from locustfile import *  # noqa: F403

plain_login = Visitor.login


def spilling_login(self, step="login"):
    good = plain_login(self, step)
    secrets = [secret.reveal() for secret in self.craft.secrets.values()]
    spilt = (
        f"spilt {self.tokens.access} {self.tokens.refresh} {self.tokens.id_token} {' '.join(secrets)}" if good else ""
    )
    logging.getLogger("leak").error(spilt)
    if step == "login":
        raise RuntimeError(spilt)
    return good


Visitor.login = spilling_login
