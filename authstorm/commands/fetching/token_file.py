"""The file of token sets, readable by its owner alone from its first byte on."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Mapping
from errno import EISDIR
from os import strerror
from pathlib import Path
from tempfile import TemporaryFile
from typing import Final, Literal

from authstorm.auth.tokens import TokenSet
from authstorm.errors import ConfigError, Problem

FORMATS: Final = ("jsonl", "csv")
COLUMNS: Final = (
    "username", "access_token", "refresh_token", "id_token", "token_type", "scope", "obtained_at", "expires_at",
)  # fmt: skip
Record = Mapping[str, str | int | None]


def record(username: str, tokens: TokenSet, epoch_offset_s: float) -> Record:
    """A token set as a line of the file: "" for a token that there is not, moments in whole seconds since the epoch.

    ``epoch_offset_s`` is what makes monotonic seconds into those of the epoch. Ends are cut off, never rounded up.
    """
    ends_s = tokens.expires_s
    return {
        "username": username,
        "access_token": tokens.access,
        "refresh_token": tokens.refresh,
        "id_token": tokens.id_token,
        "token_type": tokens.token_type,
        "scope": tokens.scope,
        "obtained_at": int(tokens.obtained_s + epoch_offset_s),
        "expires_at": None if ends_s is None else int(ends_s + epoch_offset_s),
    }


class TokenFile:
    """Lines as they come; ``replace`` puts others in their place at one stroke, so that a reader never sees half.

    An older file stays until the first line of the new one comes.
    """

    def __init__(self, path: Path, kind: Literal["jsonl", "csv"]) -> None:
        self.path = path
        self._kind = kind
        self._fd = -1

    def check(self) -> None:
        """ConfigError where the file could not be written, before anybody is asked for a token."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.is_dir():
                raise IsADirectoryError(EISDIR, strerror(EISDIR))
            TemporaryFile(dir=self.path.parent).close()
        except OSError as error:
            wrong = f"{self.path} cannot be written: {error.strerror}"
            raise ConfigError([Problem("--output", None, "file", wrong)]) from error

    def append(self, line: Record) -> None:
        """Add a line; whoever reads meanwhile sees whole lines."""
        if self._fd < 0:
            self.replace([line])
        else:
            _write(self._fd, self._text(line))

    def replace(self, lines: Iterable[Record]) -> None:
        """Write all lines anew; the file is another one afterwards, with the same name."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        beside.unlink(missing_ok=True)  # of a run that was killed: in a container the number comes again
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_APPEND, 0o600)
        try:
            header = ",".join(COLUMNS) + "\n" if self._kind == "csv" else ""
            _write(fd, header + "".join(map(self._text, lines)))
            os.replace(beside, self.path)
        except BaseException:
            os.close(fd)
            beside.unlink(missing_ok=True)
            raise
        self.close()
        self._fd = fd

    def close(self) -> None:
        """Write no more."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _text(self, line: Record) -> str:
        if self._kind == "jsonl":
            return json.dumps(dict(line)) + "\n"
        text = io.StringIO()
        csv.DictWriter(text, COLUMNS, lineterminator="\n").writerow(line)
        return text.getvalue()


def _write(fd: int, text: str) -> None:
    left = memoryview(text.encode())
    while left:
        left = left[os.write(fd, left) :]
