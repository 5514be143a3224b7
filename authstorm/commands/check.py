"""``make check``: one visitor through every step of a target, and what to change where something does not work."""

from __future__ import annotations

import argparse
from pathlib import Path

from authstorm.commands.approach import Approach, approached
from authstorm.commands.checking.row import Row, exit_code
from authstorm.commands.checking.table import manual, table
from authstorm.commands.checking.walk import Walk


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow ``check``."""
    parser.add_argument("--target", default="sandbox", help="a target of config/targets, or a path to one")
    parser.add_argument("--config-dir", type=Path, default=Path("config"), help="where targets are")


def run(options: argparse.Namespace) -> int:
    """Check a target; 0 when all works, 2 where the file does not fit, 6 unreachable, 8 a promise broken, 3 unwell."""
    with approached(options.target, options.config_dir) as approach:
        rows = list(Walk(approach).rows())
        print(approach.redact(_page(approach, rows)))
    return exit_code(rows)


def _page(approach: Approach, rows: list[Row]) -> str:
    findings = [row.finding for row in rows if row.finding is not None]
    head = f"{approach.target.name} at {approach.target.url}, as {approach.identity.name}\n"
    end = f"\n{len(findings)} to mend" if findings else "\neverything works as declared"
    return "\n".join([head, table(rows), *manual(findings, approach.place), end])
