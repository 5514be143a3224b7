"""``python -m authstorm <command>``: finds the command's module and runs it; see ``authstorm.commands``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from authstorm.commands import COMMANDS
from authstorm.errors import AuthstormError

INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    options, module = _parse(given)
    try:
        code: int = module.run(options)
    except AuthstormError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED
    return code


def _parse(given: list[str]) -> tuple[argparse.Namespace, Any]:
    """The options of the command that is named, and its module: the only one that is imported."""
    parser = argparse.ArgumentParser(prog="python -m authstorm", description="What is behind the words of make.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    word = next((argument for argument in given if not argument.startswith("-")), "")
    module = import_module(f"authstorm.commands.{word.replace('-', '_')}") if word in COMMANDS else None
    for name, about in COMMANDS.items():
        command = commands.add_parser(name, help=about, description=about)
        if name == word and module is not None:
            module.add_arguments(command)
    return parser.parse_args(given), module


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: what came so far is kept
    sys.exit(main())
