"""Accounts lent to visitors: each to one visitor at a time, and back again when the visitor leaves."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

from authstorm.auth.exchange import Identity
from authstorm.plan.account_file import Roll, read_accounts
from authstorm.plan.secrets import Secret
from authstorm.plan.target import Target

NOBODY: Final = Roll([])


class Identities:
    """The accounts of one worker's share; two visitors hold one at the same time only where ``recycle`` says so.

    An account that comes back goes to the end of the line, so that its last session has time to fade. ``refused``
    counts the visitors that are there without an account, ``shared`` those that act as somebody whom another acts as.
    """

    def __init__(self, roll: Roll = NOBODY, password: str = "", *, recycle: bool = False) -> None:
        """``password`` is that of all accounts that have none of their own."""
        self._roll = roll
        self._password = password
        self._recycle = recycle
        self._free = deque(roll.names)
        self._holders: dict[str, int] = {}
        self._next = 0
        self.refused = 0
        self.shared = 0

    def lend(self) -> Identity | None:
        """An account that nobody holds, or where accounts are recycled one that others hold; None without either."""
        if self._free:
            name = self._free.popleft()
        elif self._recycle and self._roll.names:
            name = self._roll.names[self._next % len(self._roll.names)]
            self._next += 1
            self.shared += 1
        else:
            self.refused += 1
            return None
        self._holders[name] = self._holders.get(name, 0) + 1
        own = self._roll.passwords.get(name)
        return Identity(name, self._password if own is None else own.reveal())

    def give_back(self, identity: Identity | None) -> None:
        """Take back what ``lend`` gave, None too; KeyError when it was not lent."""
        if identity is None:
            self.refused -= 1
            return
        name = identity.name
        self._holders[name] -= 1
        if self._holders[name]:
            self.shared -= 1
        else:
            del self._holders[name]
            self._free.append(name)

    def add(self, roll: Roll) -> None:
        """Lend these too."""
        names = [*self._roll.names, *roll.names]
        self._roll = Roll(names, {**self._roll.passwords, **roll.passwords})
        self._free.extend(roll.names)

    @property
    def own_passwords(self) -> Iterable[Secret]:
        """The passwords that single accounts have, to be kept out of every text."""
        return self._roll.passwords.values()

    @property
    def lent(self) -> int:
        """How many accounts are held by visitors now."""
        return len(self._holders)


def identities_of(target: Target, secrets: Mapping[str, Secret], share: int = 0, shares: int = 1) -> Identities:
    """The accounts of one worker's share; ConfigError for a CSV file that cannot be used."""
    identities = no_identities(target, secrets)
    identities.add(read_accounts(target.accounts, share, shares))
    return identities


def no_identities(target: Target, secrets: Mapping[str, Secret]) -> Identities:
    """None yet, and the password that those will have which are added."""
    accounts = target.accounts
    password = "" if accounts.password is None else secrets[accounts.password.key].reveal()
    return Identities(password=password, recycle=accounts.when_exhausted == "recycle")
