"""The accounts: synthetic people of the reserved domain example.test."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from authstorm.sandbox.exchange import Gate
from authstorm.sandbox.passwords import PasswordHash

USER_NAME = re.compile(r"user([0-9]{5,8})@example\.test")


@dataclass(frozen=True, slots=True)
class Account:
    """One synthetic person; the subject identifier is the user name."""

    username: str
    number: int

    def get_user_id(self) -> str:
        """The subject, as the protocol library asks for it."""
        return self.username


class Accounts:
    """``user00000@example.test`` and so on, ``size`` of them; each is made when it is first asked for."""

    def __init__(self, size: int, password: PasswordHash) -> None:
        self.size = size
        self._password = password
        self._known: dict[str, Account] = {}
        self._made: dict[str, PasswordHash] = {}

    def find(self, username: str) -> Account | None:
        """The account of that exact name; None when there is none."""
        account = self._known.get(username)
        if account is None and (match := USER_NAME.fullmatch(username)):
            number = int(match[1])
            if number < self.size and username == name_of(number):
                account = self._known[username] = Account(username, number)
        return account

    async def sign_in(self, username: str, password: str, gates: Sequence[Gate] = ()) -> Account | None:
        """The account when the password is right and the gates agree, else None; an unknown name costs a hash too."""
        right = await self._made.get(username, self._password).matches(password)
        account = self.find(username)
        if account is None:
            return None
        for gate in gates:
            right = gate.lets_in(username, right=right)
        return account if right else None

    def make(self, username: str, password: str) -> Account | None:
        """One more account with a password of its own; None when the name is taken."""
        if self.find(username) is not None:
            return None
        self._made[username] = PasswordHash(password, self._password.cost)
        account = self._known[username] = Account(username, self.size + len(self._made))
        return account

    def remove(self, username: str) -> bool:
        """Forget an account that was made; those of the start stay."""
        if self._made.pop(username, None) is None:
            return False
        del self._known[username]
        return True

    def made(self) -> tuple[str, ...]:
        """The names that were made."""
        return tuple(self._made)


def name_of(number: int) -> str:
    """The user name of the n-th account, counted from 0."""
    return f"user{number:05d}@example.test"
