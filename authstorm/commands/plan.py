"""``make plan``: draws the planned load and says what cannot work."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from shutil import get_terminal_size

from authstorm.errors import ConfigError
from authstorm.plan.advice import advise
from authstorm.plan.drawing import in_ascii
from authstorm.plan.overview import PAGE_WIDTH, overview
from authstorm.plan.rehearsal import load_rehearsal
from authstorm.plan.units import parse_scale


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What may follow ``plan``."""
    parser.add_argument(
        "--profile", "--spike-profile", default="flash-sale", help="a profile of config/profiles, or a path to one"
    )
    parser.add_argument("--target", default="sandbox", help="a target of config/targets, or a path to one")
    parser.add_argument("--scale", "--spike-scale", type=_scale, default=1.0, help="multiplies every rate: 0.1 or 10%%")
    parser.add_argument("--seed", "--spike-seed", type=int, help="other arrivals than the profile's own seed gives")
    parser.add_argument("--config-dir", type=Path, default=Path("config"), help="where profiles and targets are")


def run(options: argparse.Namespace) -> int:
    """Show a plan; 2 when it cannot work."""
    plan = load_rehearsal(options.profile, options.target, options.config_dir, scale=options.scale, seed=options.seed)
    advice = advise(plan)
    page = overview(plan, advice, get_terminal_size().columns if sys.stdout.isatty() else PAGE_WIDTH)
    is_unicode = "utf" in (sys.stdout.encoding or "").lower()
    print(page if is_unicode else in_ascii(page), end="")
    return 0 if all(piece.works for piece in advice) else ConfigError.exit_code


def _scale(text: str) -> float:
    try:
        return parse_scale(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
