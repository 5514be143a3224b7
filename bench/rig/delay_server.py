"""A server with a known delay that tells how long it really took: ``delayd.c``, compiled for the occasion."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple
from urllib.request import urlopen

SOURCE = Path(__file__).with_name("delayd.c")


class Truth(NamedTuple):
    """What was true since the truth was last asked for: from the last byte of a request to its answer, in ms."""

    count: int
    p50_ms: float
    p99_ms: float


class DelayServer:
    """A running server; ``base`` is its address."""

    def __init__(self, base: str) -> None:
        self.base = base

    def truth(self) -> Truth:
        """What was true since the last call."""
        with urlopen(f"{self.base}/truth", timeout=30) as answer:
            told = json.load(answer)
        return Truth(told["count"], told["p50_us"] / 1000, told["p99_us"] / 1000)


def missing() -> list[str]:
    """The programs that are needed and not there."""
    return [name for name in ("gcc", "taskset") if shutil.which(name) is None]


@contextmanager
def delay_server(delay_ms: float, cpu: int) -> Iterator[DelayServer]:
    """A server on one CPU for as long as the block lasts; it ends with this process, whatever happens to that."""
    with tempfile.TemporaryDirectory(prefix="authstorm-bench-") as folder:
        program = Path(folder) / "delayd"
        subprocess.run(["gcc", "-O2", "-o", str(program), str(SOURCE)], check=True)
        command = ["taskset", "-c", str(cpu), str(program), str(round(delay_ms * 1000))]
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield DelayServer(f"http://127.0.0.1:{int(process.stdout.readline())}")
        finally:
            process.stdin.close()
            process.wait(10)
