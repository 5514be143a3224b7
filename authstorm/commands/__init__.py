"""The commands behind the ``make`` words that are not a Locust run: ``python -m authstorm <command>``, one module each.

To add one, write ``authstorm/commands/<word>.py`` (a dash in the word is an underscore there) with two functions::

    def add_arguments(parser: argparse.ArgumentParser) -> None: ...
    def run(options: argparse.Namespace) -> int:  # the exit code, of those in the README

and its line in ``COMMANDS`` below, which is what ``--help`` shows. A module is imported only when its word is given, so
that a command pays for what it needs alone. ``run`` prints its result to stdout and may raise any ``AuthstormError``:
it is printed to stderr, and its ``exit_code`` is the command's.

A command may import ``drive``, ``auth``, ``wire``, ``plan``, ``report`` and ``errors``; nothing imports a command.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COMMANDS: Final[Mapping[str, str]] = {
    "accounts": "make synthetic accounts where the target says how, and remove those that were made",
    "alert-test": "send one test alert, fired and resolved, through every receiver, and say what came back",
    "check": "walk one visitor through every step of a target and say what to change; loads nothing",
    "compare": "two runs side by side, and what difference is more than chance",
    "plan": "draw the planned load and say what cannot work; starts nothing",
    "schema": "write the JSON Schemas that editors check the YAML with",
    "tokens": "fetch token sets into a file that only its owner can read",
}
"""Each command's word, and what it does in one line."""
