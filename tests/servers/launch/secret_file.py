"""Passwords and client secrets: from the environment, else from a file made, or completed where it lacks one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from fcntl import LOCK_EX, flock
from pathlib import Path

from .errors import SetupError

FILE = Path(".servers.env")
NAMES = (
    "OIDC_PROVIDER_PASSWORD",
    "OIDC_PROVIDER_CLIENT_SECRET",
    "DOT_PASSWORD",
    "DOT_CLIENT_SECRET",
    "BETTER_AUTH_PASSWORD",
)


def read_secrets(names: Sequence[str], environment: Mapping[str, str], path: Path = FILE) -> dict[str, str]:
    """Return the named values; the environment goes before the file. SetupError when the file has no room for one."""
    found = {name: environment[name] for name in names if environment.get(name)}
    if len(found) < len(names):
        if not path.exists():
            _create(path)
        found = _read(path) | found
    if missing := [name for name in names if name not in found]:
        found = _complete(path, missing) | found
    if empty := [name for name in names if not found[name]]:
        raise SetupError(f"{path} has no value for {', '.join(empty)}: write one, or delete the line to have one made")
    return {name: found[name] for name in names}


def _read(path: Path) -> dict[str, str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


def _complete(path: Path, missing: Sequence[str]) -> dict[str, str]:
    """Add values that a file from before their server lacks; what stands there stays: servers were seeded with it.

    Under a lock: of two servers that start together, the second finds what the first wrote.
    """
    with path.open("r+", encoding="utf-8") as file:
        flock(file, LOCK_EX)
        there = _read(path)
        text = file.read()
        file.write("" if text.endswith("\n") or not text else "\n")
        file.writelines(f"{name}={secrets.token_urlsafe(18)}\n" for name in missing if name not in there)
        file.flush()
        return _read(path)


def _create(path: Path) -> None:
    """Write random values; the whole file appears at once, so that nobody who starts beside us reads half of it."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write("# Random secrets of the servers under tests/servers; delete this file for new ones\n")
        file.writelines(f"{name}={secrets.token_urlsafe(18)}\n" for name in NAMES)
    try:
        os.link(draft, path)
    except FileExistsError:
        pass  # somebody else was faster, and his values count
    finally:
        draft.unlink()
