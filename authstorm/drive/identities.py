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
        self._free = deque(range(len(roll.names)))
        self._held: dict[str, list[int]] = {}
        self._next = 0
        self.refused = 0
        self.shared = 0

    def lend(self) -> Identity | None:
        """An account that nobody holds, or where accounts are recycled one that others hold; None without either."""
        if self._free:
            place = self._free.popleft()
        elif self._recycle and self._roll.names:
            place = self._next % len(self._roll.names)
            self._next += 1
            self.shared += 1
        else:
            self.refused += 1
            return None
        name = self._roll.names[place]
        self._held.setdefault(name, []).append(place)
        own = self._roll.passwords.get(name)
        return Identity(name, self._password if own is None else own.reveal(), self._number_of(place))

    def give_back(self, identity: Identity | None) -> None:
        """Take back what ``lend`` gave, None too; KeyError when it was not lent."""
        if identity is None:
            self.refused -= 1
            return
        held = self._held[identity.name]
        place = held.pop()
        if held:
            self.shared -= 1
        else:
            del self._held[identity.name]
            self._free.append(place)

    def add(self, roll: Roll) -> None:
        """Lend these too."""
        before = self._roll
        names = [*before.names, *roll.names]
        numbers = [*before.numbers, *roll.numbers] if before.names else roll.numbers
        self._roll = Roll(names, {**before.passwords, **roll.passwords}, numbers)
        self._free.extend(range(len(before.names), len(names)))

    def named(self, draw: float, count: int, of: int) -> tuple[str, int | None]:
        """Name and number of one of ``count`` accounts that are spread evenly over the first ``of``, lent or not.

        ``draw`` (0..1) says which; ("", None) where there is no account.
        """
        if not self._roll.names:
            return "", None
        place = int(draw * count) * min(of, len(self._roll.names)) // count
        return self._roll.names[place], self._number_of(place)

    @property
    def own_passwords(self) -> Iterable[Secret]:
        """The passwords that single accounts have, to be kept out of every text."""
        return self._roll.passwords.values()

    @property
    def lent(self) -> int:
        """How many accounts are held by visitors now."""
        return len(self._held)

    def _number_of(self, place: int) -> int | None:
        numbers = self._roll.numbers
        return numbers[place] if place < len(numbers) else None


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
