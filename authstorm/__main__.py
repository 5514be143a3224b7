"""The commands behind the ``make`` words that are not a Locust run: ``python -m authstorm <command>``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from authstorm.errors import AuthstormError
from authstorm.plan.json_schema import stale_schemas, write_schemas


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    parser = argparse.ArgumentParser(prog="python -m authstorm", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    schema = commands.add_parser("schema", help="write the JSON Schemas that editors check the YAML with")
    schema.add_argument("--check", action="store_true", help="write nothing; fail when a schema is not up to date")
    schema.add_argument("--folder", type=Path, default=Path("config/schema"))
    options = parser.parse_args(arguments)
    try:
        return _schema(options.folder, options.check)
    except AuthstormError as error:
        print(error, file=sys.stderr)
        return error.exit_code


def _schema(folder: Path, check: bool) -> int:
    if not check:
        write_schemas(folder)
        return 0
    stale = stale_schemas(folder)
    for name in stale:
        print(f"{folder / name} is not up to date: run make schema", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
