"""Authstorm's wiring: Locust's events on one side, the plan, the visitors, the watch and the report on the other."""

from __future__ import annotations

from locust import events
from locust.env import Environment

import logging
import sys
from functools import partial
from typing import Any

from authstorm.drive.garbage import sweep
from authstorm.drive.opening import Opening
from authstorm.drive.options import add_options
from authstorm.drive.shape import StormShape
from authstorm.drive.starter import Starter
from authstorm.errors import AuthstormError
from authstorm.report.proceedings import Proceedings
from authstorm.room.room import open_room
from authstorm.watch.recorder import Recorder
from scenarios import Login, Refresh, Service, Session, Stuffing, Validate

__all__ = ["Login", "Refresh", "Service", "Session", "StormShape", "Stuffing", "Validate"]

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
    sweep(environment.events)
    opening.listen(environment.events)
    watch = Recorder.attach(environment, clock=opening.clock, pacing=opening.pacing_counts, stage_at=opening.stage_at)
    proceedings = Proceedings(environment, watch, opening.run, opening.redact, opening.is_interrupted)
    opening.searching.judge, watch.crew_events = proceedings.probes, opening.crew_events
    open_room(environment, partial(Starter, environment, opening, proceedings.ready), proceedings, opening.redact)
    closing.extend((opening.end.wait, proceedings.finish))
    logging.getLogger("locust.stats_logger").setLevel(logging.WARNING)  # our own verdict stands in the terminal


closing: list[Any] = []


@events.quitting.add_listener
def close(**_: Any) -> None:
    """Registered on import, so that it comes after Locust's own listener has taken the workers' last reports."""
    for finish in closing:
        finish()
