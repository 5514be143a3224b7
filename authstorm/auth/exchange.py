"""What one visitor's client can do, whatever the service behind it speaks: verbs, each made of exchanges."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from authstorm.auth.fault import Evidence
from authstorm.auth.outcome import Reply
from authstorm.auth.tokens import TokenSet


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a visitor acts as; its text never shows the password.

    ``number`` is the account's among those of the target, None for what is none of them. ``guessed`` says that the
    password is known to be wrong.
    """

    name: str
    password: str = field(repr=False)
    number: int | None = None
    guessed: bool = False


class Exchange(NamedTuple):
    """One exchange of a verb, as it is reported: the step's name, the judged reply, the HTTP method and the URL.

    ``evidence`` stands beside a reply that is wrong.
    """

    step: str
    reply: Reply[Any]
    method: str
    url: str
    evidence: Evidence | None = None


class AuthClient(Protocol):
    """One visitor's client of a login service.

    Each verb yields its exchanges as they are made, most of them just one. It ends with the first that is not good;
    the last one's value is what was asked for: a ``TokenSet`` from ``login``, ``service_token`` and ``refresh``. Where
    a verb takes several exchanges they are named ``step: part``. A verb without any exchange is one that the target
    does not offer.
    """

    def login(self, identity: Identity, step: str) -> Iterator[Exchange]:
        """Sign in as somebody."""
        ...

    def service_token(self) -> Iterator[Exchange]:
        """Get a token as a service client."""
        ...

    def refresh(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Renew tokens; the value holds the rotated refresh token, or still the old."""
        ...

    def validate(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Have the access token validated, as the target says."""
        ...

    def revoke(self, tokens: TokenSet) -> Iterator[Exchange]:
        """Sign out."""
        ...
