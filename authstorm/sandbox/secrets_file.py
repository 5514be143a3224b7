"""The sandbox's secrets: from the environment, else from a file that the first process to come creates.

The file is in dotenv format, so that anybody can read it with python-dotenv::

    SANDBOX_PASSWORD=...
    SANDBOX_CLIENT_SECRET=...
    SANDBOX_CLIENT_KEY='{...}'

The last is the private key of the client that signs; a sandbox without it has no such client.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from fcntl import LOCK_EX, flock
from io import StringIO
from pathlib import Path
from secrets import token_urlsafe
from tempfile import mkstemp

from dotenv import dotenv_values
from joserfc.jwk import ECKey

from authstorm.errors import SandboxError

NAMES = ("SANDBOX_PASSWORD", "SANDBOX_CLIENT_SECRET")
KEY = "SANDBOX_CLIENT_KEY"


@dataclass(frozen=True, slots=True)
class Secrets:
    """What must never be printed: hidden from the dataclass's own repr."""

    password: str = field(repr=False)
    client_secret: str = field(repr=False)
    client_key: str = field(default="", repr=False)


def load_secrets(path: Path, environment: Mapping[str, str]) -> Secrets:
    """Take each secret from the environment, else from the file, which is created when it is missing.

    A file that is there is read for the client's key alone, too: only who starts with an environment of its own does
    without that client.

    Raises SandboxError when the file cannot be read or made, or lacks a secret that the environment lacks too.
    """
    missing = [name for name in NAMES if not environment.get(name)]
    found = {name: environment[name] for name in (*NAMES, KEY) if environment.get(name)}
    if missing or (KEY not in found and path.exists()):
        found = _from_file(path, missing) | found
    return Secrets(found[NAMES[0]], found[NAMES[1]], found.get(KEY, ""))


def _from_file(path: Path, names: list[str]) -> dict[str, str]:
    try:
        _create_once(path)
        _add_key_once(path)
        if path.stat().st_mode & 0o077:
            sys.stderr.write(f"warning: {path} can be read by others; chmod 600 {path}\n")
        values = dotenv_values(path, interpolate=False)
    except OSError as error:
        raise SandboxError(f"{path}: {error.strerror}; set {' and '.join(names)} in the environment instead") from error
    lacking = [name for name in names if not values.get(name)]
    if lacking:
        raise SandboxError(f"{path}: no {' and no '.join(lacking)}; delete the file to have it made anew")
    return {name: str(values[name]) for name in (*names, KEY) if values.get(name)}


def _new_key() -> str:
    """A private key as a JWK; base64url and JSON hold no quote that would end the line's."""
    return json.dumps(ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True))


def _add_key_once(path: Path) -> None:
    """Add the signing client's key to a file that has none, as older ones; one process at a time."""
    with path.open("a+") as file:
        flock(file, LOCK_EX)
        file.seek(0)
        text = file.read()
        if KEY not in dotenv_values(stream=StringIO(text), interpolate=False):
            file.write(("" if text.endswith("\n") else "\n") + f"{KEY}='{_new_key()}'\n")


def _create_once(path: Path) -> None:
    """Make the file with random values unless it exists; a racing process sees none or a whole one, never half.

    The values go to a private name first (mkstemp: O_EXCL, mode 0600); the link to the real name is what fails when
    another process was faster.
    """
    if path.exists():
        return
    descriptor, draft = mkstemp(prefix=f"{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.writelines(f"{name}={token_urlsafe(24)}\n" for name in NAMES)
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        Path(draft).unlink()
