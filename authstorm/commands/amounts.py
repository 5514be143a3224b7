"""Numbers on a command line, held to what they can be."""

from __future__ import annotations

import argparse

from authstorm.plan.units import parse_duration


def at_least_one(text: str) -> int:
    """How many; argparse tells what is wrong."""
    return _within(text, 1, 10_000_000)


def how_often(text: str) -> int:
    """How often something is tried, the first time among them."""
    return _within(text, 2, 100)


def duration(text: str) -> float:
    """Seconds in ``90s`` or ``10m``."""
    try:
        return parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def _within(text: str, least: int, most: int) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else None
    if number is None or not least <= number <= most:
        raise argparse.ArgumentTypeError(f"{text}: a number from {least} to {most:,}")
    return number
