"""``make schema``: writes the JSON Schemas, or says which are not up to date."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from authstorm.plan.json_schema import stale_schemas, write_schemas


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow ``schema``."""
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a schema is not up to date")
    parser.add_argument("--folder", type=Path, default=Path("config/schema"))


def run(options: argparse.Namespace) -> int:
    """Write the schemas, or with ``--check`` name the stale ones; 1 when there are any."""
    if not options.check:
        write_schemas(options.folder)
        return 0
    stale = stale_schemas(options.folder)
    for name in stale:
        print(f"{options.folder / name} is not up to date: run make schema", file=sys.stderr)
    return 1 if stale else 0
