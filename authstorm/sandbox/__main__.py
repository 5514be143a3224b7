"""``python -m authstorm.sandbox``."""

from __future__ import annotations

import asyncio
import os
import sys

from authstorm.errors import AuthstormError
from authstorm.sandbox.options import read_options
from authstorm.sandbox.secrets_file import load_secrets
from authstorm.sandbox.server import serve

BANNER = "Authstorm sandbox: a rehearsal partner bound to loopback alone, with synthetic accounts; do not expose it.\n"


def main(arguments: list[str]) -> int:
    """Run the sandbox until it is stopped; returns the exit code."""
    try:
        options = read_options(arguments)
        secrets = load_secrets(options.secrets_file, os.environ)
        sys.stderr.write(BANNER)
        asyncio.run(serve(options, secrets))
    except AuthstormError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stderr.flush()
    os._exit(code)  # granian's threads may outlive the event loop; a finalised interpreter is no place for them
