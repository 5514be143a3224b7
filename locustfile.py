"""Authstorm's wiring: Locust's events on one side, the plan, the visitors, the watch and the report on the other."""

from __future__ import annotations

from locust import events
from locust.env import Environment

import logging
import sys
from typing import Any

from authstorm.drive.garbage import clear_up, spare_visitors
from authstorm.drive.opening import Opening
from authstorm.drive.options import add_options
from authstorm.drive.shape import StormShape
from authstorm.errors import AuthstormError
from authstorm.report.proceedings import Proceedings
from authstorm.watch.recorder import Recorder
from scenarios import Login, Refresh, Service, Session, Validate

__all__ = ["Login", "Refresh", "Service", "Session", "StormShape", "Validate"]

events.init_command_line_parser.add_listener(add_options)


@events.init.add_listener
def set_up(environment: Environment, **_: Any) -> None:
    """Read the plan, find the target, and hang everything onto Locust's events; a bad plan ends the process here."""
    try:
        wire(environment)
    except AuthstormError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(error.exit_code)


def wire(environment: Environment) -> None:
    """Everything in the order in which the events are to reach it."""
    opening = Opening(environment)
    environment.events.test_start.add_listener(clear_up)
    environment.events.test_start.add_listener(opening.open)
    environment.events.spawning_complete.add_listener(spare_visitors)
    environment.events.test_stopping.add_listener(opening.close)
    environment.events.test_stop.add_listener(opening.collect)
    environment.events.quit.add_listener(opening.leave)
    watch = Recorder.attach(environment, clock=opening.clock, pacing=opening.pacing_counts, stage_at=opening.stage_at)
    proceedings = Proceedings(environment, watch, opening.run, opening.redact, opening.is_interrupted)
    opening.judge_probe, watch.crew_events = proceedings.probes, opening.crew_events
    closing.extend((opening.end.wait, proceedings.finish))
    logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)  # our own verdict stands in the terminal


closing: list[Any] = []


@events.quitting.add_listener
def close(**_: Any) -> None:
    """Registered on import, so that it comes after Locust's own listener has taken the workers' last reports."""
    for finish in closing:
        finish()
