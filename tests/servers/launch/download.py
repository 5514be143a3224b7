"""Commands that download: tried again when they fail or hang, quiet unless they fail for good."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from .errors import SetupError

PAUSES_S = (3.0, 10.0)  # before the second and the third try
TRY_S = 400.0


def say(text: str) -> None:
    """Tell the person who waits; stdout is kept for the ready line."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def download(
    command: Sequence[str],
    folder: Path,
    *,
    try_s: float = TRY_S,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Run the command in the folder, three times at most; SetupError with its last output when none went well."""
    for pause_s in (*PAUSES_S, None):
        output = _attempt(command, folder, try_s)
        if output is None:
            return
        if pause_s is not None:
            say(f"{Path(command[0]).name} failed, trying again in {pause_s:.0f} s")
            sleep(pause_s)
    raise SetupError(f"{' '.join(command)} failed three times:\n{output}")


def _attempt(command: Sequence[str], folder: Path, try_s: float) -> str | None:
    """Return None when all went well, else what the command said."""
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=try_s, text=True, errors="replace", check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no end after {try_s:.0f} s"
    return done.stdout[-3000:] or f"exit code {done.returncode}" if done.returncode else None
