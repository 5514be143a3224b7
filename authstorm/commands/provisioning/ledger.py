"""What was made, line by line as it happens: removal removes that alone, and making goes on where it ended.

The file holds names and ids, no password. ``making`` is written before a request, ``made`` after its answer: a name
that stays at ``making`` may or may not exist. ``theirs`` was there before us.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, NamedTuple

State = Literal["making", "made", "removed", "theirs"]


class Entry(NamedTuple):
    """What is known of one account."""

    state: State
    id: str


class Ledger:
    """The accounts made at one place; the same file may tell of others, which stay untouched."""

    def __init__(self, path: Path, place: str) -> None:
        self.entries: dict[str, Entry] = {}
        self._place = place
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
        if path.read_bytes()[-1:] not in {b"", b"\n"}:
            os.write(self._fd, b"\n")  # what follows a line that was cut off must not be lost with it
        for line in _lines(path):
            if line.get("place") == place:
                self.entries[line["username"]] = Entry(line["state"], line["id"])

    def write(self, username: str, state: State, identifier: str = "") -> None:
        """Note what is about to happen, or did; it is in the file when this returns."""
        self.entries[username] = Entry(state, identifier)
        line = {"username": username, "state": state, "id": identifier, "place": self._place}
        os.write(self._fd, (json.dumps(line) + "\n").encode())

    def state_of(self, username: str) -> State | None:
        """What is known of an account; None when it was never made here, or is removed."""
        entry = self.entries.get(username)
        return entry.state if entry is not None and entry.state in {"making", "made"} else None

    def ours(self) -> list[str]:
        """The accounts that were made and are not removed, in the order of their making."""
        return [name for name, entry in self.entries.items() if entry.state in {"making", "made"}]

    def close(self) -> None:
        """Write no more."""
        os.close(self._fd)


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The whole lines of the file; a last one that was cut off is none."""
    for text in path.read_text("utf-8").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and {"username", "state", "id"} <= line.keys():
            yield line
