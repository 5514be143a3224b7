"""The senders' process: started before the load, so that neither its fork nor its imports fall into it."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[3]


def start_senders() -> subprocess.Popen[str]:
    """Start it; it waits for its setup on standard input, and ends when that ends."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return subprocess.Popen(
        # a group of its own: Ctrl-C is for the run, which says when it ends
        [sys.executable, "-P", "-m", "authstorm.report.senders"],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, encoding="utf-8",
        process_group=0,
    )  # fmt: skip


def end_senders(process: subprocess.Popen[str]) -> None:
    """End one that was told nothing."""
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with suppress(OSError):
                stream.close()
