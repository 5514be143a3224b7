"""``python -m authstorm.report.senders``: the senders' process, which a run starts for itself."""

from __future__ import annotations

import json
import os
import signal
import sys

GIVES_WAY = 10
"""On a busy machine the load comes first; before what follows is imported, which takes half a second."""
if __name__ == "__main__":
    os.nice(GIVES_WAY)

from authstorm.report.senders.office import Office  # noqa: E402


def main() -> None:
    """Serve until the end is called."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the run says when it ends
    first = sys.stdin.readline()
    if not first:
        return  # the run that it was started for never began
    setup = json.loads(first)["setup"]

    def write(line: str) -> None:
        try:
            sys.stdout.write(line)
            sys.stdout.flush()
        except BrokenPipeError:  # nobody is left to be told; what waits is delivered all the same
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    Office(setup, write).serve(sys.stdin)
    os._exit(0)  # a try that hangs must not keep the process


if __name__ == "__main__":
    main()
