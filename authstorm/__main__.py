"""The commands behind the ``make`` words that are not a Locust run: ``python -m authstorm <command>``."""

from __future__ import annotations

import argparse
import sys
from math import inf
from pathlib import Path
from shutil import get_terminal_size
from typing import Any

from authstorm.errors import AuthstormError, ConfigError
from authstorm.plan.advice import advise
from authstorm.plan.drawing import in_ascii
from authstorm.plan.json_schema import stale_schemas, write_schemas
from authstorm.plan.overview import PAGE_WIDTH, overview
from authstorm.plan.rehearsal import load_rehearsal
from authstorm.plan.units import parse_share


def main(arguments: list[str] | None = None) -> int:
    """Run one command; gives its exit code."""
    parser = argparse.ArgumentParser(prog="python -m authstorm", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    schema = commands.add_parser("schema", help="write the JSON Schemas that editors check the YAML with")
    schema.add_argument("--check", action="store_true", help="write nothing; fail when a schema is not up to date")
    schema.add_argument("--folder", type=Path, default=Path("config/schema"))
    _add_plan(commands)
    options = parser.parse_args(arguments)
    try:
        return _plan(options) if options.command == "plan" else _schema(options.folder, options.check)
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


def _add_plan(commands: Any) -> None:
    plan = commands.add_parser("plan", help="draw the planned load and say what cannot work; starts nothing")
    plan.add_argument(
        "--profile", "--spike-profile", default="flash-sale", help="a profile of config/profiles, or a path to one"
    )
    plan.add_argument("--target", default="sandbox", help="a target of config/targets, or a path to one")
    plan.add_argument("--scale", "--spike-scale", type=_scale, default=1.0, help="multiplies every rate: 0.1 or 10%%")
    plan.add_argument("--seed", "--spike-seed", type=int, help="other arrivals than the profile's own seed gives")
    plan.add_argument("--config-dir", type=Path, default=Path("config"), help="where profiles and targets are")


def _scale(text: str) -> float:
    scale = parse_share(text) if text.endswith("%") else float(text)
    if not 0 < scale < inf:
        raise ValueError(f"{text} is not above 0")
    return scale


def _plan(options: argparse.Namespace) -> int:
    """Show a plan; 2 when it cannot work."""
    plan = load_rehearsal(options.profile, options.target, options.config_dir, scale=options.scale, seed=options.seed)
    advice = advise(plan)
    page = overview(plan, advice, get_terminal_size().columns if sys.stdout.isatty() else PAGE_WIDTH)
    is_unicode = "utf" in (sys.stdout.encoding or "").lower()
    print(page if is_unicode else in_ascii(page), end="")
    return 0 if all(piece.works for piece in advice) else ConfigError.exit_code


if __name__ == "__main__":
    sys.exit(main())
