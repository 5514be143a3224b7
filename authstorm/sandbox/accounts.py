"""The accounts: synthetic people of the reserved domain example.test."""

from __future__ import annotations

import re
from dataclasses import dataclass

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

    def find(self, username: str) -> Account | None:
        """The account of that exact name; None when there is none."""
        account = self._known.get(username)
        if account is None and (match := USER_NAME.fullmatch(username)):
            number = int(match[1])
            if number < self.size and username == name_of(number):
                account = self._known[username] = Account(username, number)
        return account

    async def sign_in(self, username: str, password: str) -> Account | None:
        """The account when the password is right, else None; an unknown name costs a hash too."""
        right = await self._password.matches(password)
        return self.find(username) if right else None


def name_of(number: int) -> str:
    """The user name of the n-th account, counted from 0."""
    return f"user{number:05d}@example.test"
