"""Who may ask what of the room's server: pure decisions on the headers of one request.

Four doors, each of which would do against most strangers: a name that leads here by somebody else's DNS (rebinding) is
not ours; a page of another origin may ask nothing; a change is a POST with a token that only our own pages hold; and
beyond loopback there is a login besides (``authstorm.room.login``).
"""

from __future__ import annotations

import hmac
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from authstorm.plan.web_address import is_loopback

HARMLESS: Final = frozenset({"GET", "HEAD"})
_OURS: Final = frozenset({"same-origin", "none", ""})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of itself; "" for a header that is not there."""

    method: str
    scheme: str
    host: str
    origin: str = ""
    site: str = ""  # Sec-Fetch-Site
    mode: str = ""  # Sec-Fetch-Mode
    token: str = ""


@dataclass(frozen=True, slots=True)
class Doors:
    """``names`` are host names that are ours beside loopback's; ``is_open`` says that other machines may come."""

    names: Collection[str]
    is_open: bool

    def refusal(self, asked: Asked, token: str) -> str:
        """Why a request is not answered; "" when it is. ``token`` is the one that a change must bring."""
        if not self.knows(asked.host):
            return f"The host name {asked.host[:100]!r} is not ours: name it with --room-host where it should be."
        return _foreign(asked) or _unasked_change(asked, token)

    def knows(self, host: str) -> bool:
        """Whether a Host header names this server; an address in figures cannot be made to lead elsewhere by DNS."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        return is_loopback(name) or name in map(str.lower, self.names) or (self.is_open and _is_address(name))


def _foreign(asked: Asked) -> str:
    """Why the page that asks is none of ours; "" when it is one, or when a person asks by typing or by a link."""
    if asked.origin and asked.origin != f"{asked.scheme}://{asked.host}":
        return "A page of another origin may not ask anything here."
    if asked.site not in _OURS and not (asked.method == "GET" and asked.mode == "navigate"):
        return "A page of another site may not ask anything here."
    return ""


def _unasked_change(asked: Asked, token: str) -> str:
    if asked.method in HARMLESS:
        return ""
    if asked.method != "POST":
        return "Nothing but GET and POST is answered here."
    if not hmac.compare_digest(asked.token.encode(), token.encode()):
        return "This needs the token that the room's own pages bring: reload the page."
    return ""


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
