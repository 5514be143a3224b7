"""Stamps: what a folder was made from, so that making it again can be left out."""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path


def digest(files: Iterable[Path], *words: str) -> str:
    """Return a hash over the files' contents and some words (versions, secrets); it does not reveal them."""
    parts = [path.read_bytes() for path in files] + [word.encode() for word in words]
    return sha256(b"".join(sha256(part).digest() for part in parts)).hexdigest()


@dataclass(frozen=True, slots=True)
class Stamp:
    """A file that holds the digest of what something was made from."""

    path: Path

    def holds(self, value: str) -> bool:
        """Whether it was made from this."""
        return self.path.exists() and self.path.read_text(encoding="ascii") == value

    def write(self, value: str) -> None:
        """Say that it is made."""
        self.path.write_text(value, encoding="ascii")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others who set up in the same folder waiting."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
