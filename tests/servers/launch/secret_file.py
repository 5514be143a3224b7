"""Passwords and client secrets: from the environment, else from a file that is made when it is missing."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
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
    """Return the named values; the environment goes before the file. SetupError when the file lacks one."""
    found = {name: environment[name] for name in names if environment.get(name)}
    if len(found) < len(names):
        found = _read(path) | found
    missing = [name for name in names if not found.get(name)]
    if missing:
        raise SetupError(f"{path} lacks {', '.join(missing)}: add them, or delete the file to have a new one made")
    return {name: found[name] for name in names}


def _read(path: Path) -> dict[str, str]:
    if not path.exists():
        _create(path)
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, _, value in pairs}


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
