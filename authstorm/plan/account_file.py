"""Accounts from a CSV file: read, checked row by row, and told by line; no name or password is ever shown."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from authstorm.errors import ConfigError, Problem
from authstorm.plan.accounts import MOST_ACCOUNTS, Accounts
from authstorm.plan.exposure import is_tracked, laid_open
from authstorm.plan.secrets import Secret
from authstorm.plan.yaml_file import YamlFile

MOST_TOLD = 10
"""Problems of one file that are told; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Roll:
    """The accounts of one share: their names, and the passwords of those that have one of their own.

    ``numbers`` say what each name is called where no name may stand: the number in its pattern, or its place in the CSV
    file, from 1.
    """

    names: list[str]
    passwords: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    numbers: Sequence[int] = ()


def read_accounts(accounts: Accounts, share: int = 0, shares: int = 1) -> Roll:
    """The accounts of one of ``shares`` equal shares; no two have one in common. ConfigError for a bad file."""
    return read_slots(accounts, (share,), shares)


def read_slots(accounts: Accounts, slots: Sequence[int], all_slots: int) -> Roll:
    """The accounts of several of ``all_slots`` equal parts, as ``read_accounts``."""
    if accounts.csv is None:
        names = [name for slot in slots for name in accounts.names(slot, all_slots)]
        return Roll(names, numbers=_joined(accounts.numbers(slot, all_slots) for slot in slots))
    roll = read_file(accounts.csv, needs_passwords=accounts.password is None)
    whole = roll.names[: accounts.count or None]
    names = [name for slot in slots for name in whole[slot::all_slots]]
    places = _joined(range(1 + slot, 1 + len(whole), all_slots) for slot in slots)
    return Roll(names, {name: roll.passwords[name] for name in names if name in roll.passwords}, places)


def _joined(parts: Iterable[range]) -> Sequence[int]:
    """All numbers in order; a single range stays one, for it takes no room."""
    ranges = list(parts)
    return ranges[0] if len(ranges) == 1 else [number for part in ranges for number in part]


def count_accounts(accounts: Accounts, file: YamlFile) -> Accounts:
    """The same with the number of accounts that the CSV file holds; ConfigError for a file that cannot be used."""
    if accounts.csv is None:
        return accounts
    line = file.line_of(("accounts", "csv"))
    path = Path(accounts.csv).expanduser()
    if is_tracked(path) and _holds_passwords(path):
        wrong = f"git keeps {accounts.csv}, and passwords in a repository are there for good"
        right = "move it out of the repository, or: git rm --cached, and name it in .gitignore"
        raise ConfigError([Problem(file.source, line, "accounts.csv", wrong, right)])
    try:
        there = len(read_file(accounts.csv, needs_passwords=accounts.password is None).names)
    except OSError as error:
        raise ConfigError([Problem(file.source, line, "accounts.csv", f"cannot be read: {error}")]) from error
    if accounts.count > there:
        wrong = f"is {accounts.count}, and {accounts.csv} has {there} accounts"
        raise ConfigError([Problem(file.source, file.line_of(("accounts", "count")), "accounts.count", wrong)])
    return accounts.model_copy(update={"count": accounts.count or there})


def exposures(accounts: Accounts) -> list[str]:
    """What leaves the account file open to others, each in a sentence; nothing where it holds no password."""
    if accounts.csv is None:
        return []
    path = Path(accounts.csv).expanduser()
    return laid_open(path) if _holds_passwords(path) else []


def read_file(place: str, *, needs_passwords: bool) -> Roll:
    """Every account of a CSV file; ConfigError with the lines that cannot be used, OSError for an unreadable file."""
    names: dict[str, int] = {}
    passwords: dict[str, Secret] = {}
    problems: list[Problem] = []
    try:
        with Path(place).expanduser().open(encoding="utf-8-sig", newline="") as text:
            for line, name, password in _rows(place, text):
                if wrong := _fault(name, password, names, needs_passwords=needs_passwords):
                    problems.append(Problem(place, line, "row", wrong))
                    continue
                names[name] = line
                if password:
                    passwords[name] = Secret(password)
    except (UnicodeDecodeError, csv.Error) as error:
        problems.append(Problem(place, None, "file", f"is no CSV in UTF-8: {type(error).__name__}"))
    if not names and not problems:
        problems.append(Problem(place, None, "file", "holds no account", "write a row for each below the header"))
    if problems:
        raise ConfigError(_first(problems, place))
    return Roll(list(names), passwords)


def _rows(place: str, text: Iterator[str]) -> Iterator[tuple[int, str, str]]:
    """Line, name and password of each row; ConfigError for a header without the columns."""
    rows = csv.reader(text, strict=True)
    header = [title.strip().lower() for title in next(rows, [])]
    if "username" not in header:
        right = "write: username,password"
        raise ConfigError([Problem(place, 1, "header", "has no column username", right)])
    at_name, at_password = header.index("username"), header.index("password") if "password" in header else None
    for row in rows:
        if row:
            yield rows.line_num, _cell(row, at_name), "" if at_password is None else _cell(row, at_password)


def _cell(row: list[str], at: int) -> str:
    return row[at] if at < len(row) else ""


def _fault(name: str, password: str, names: Mapping[str, int], *, needs_passwords: bool) -> str:
    """What is wrong with a row, else ""."""
    if not name.strip() or not name.isprintable():
        return "has no username that could be one"
    if name in names:
        return f"has the same username as line {names[name]}, and two visitors never share one"
    if needs_passwords and not password:
        return "has no password, and accounts.password names none"
    return f"is one of more than {MOST_ACCOUNTS:,}" if len(names) >= MOST_ACCOUNTS else ""


def _holds_passwords(path: Path) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as text:
        return "password" in text.readline().lower()


def _first(problems: list[Problem], place: str) -> list[Problem]:
    rest = len(problems) - MOST_TOLD
    more = [Problem(place, None, "file", f"has {rest} more problems like these")] if rest > 0 else []
    return problems[:MOST_TOLD] + more
