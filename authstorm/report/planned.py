"""Gathers what the report tells of a plan and of this machine, before the first request."""

from __future__ import annotations

import platform
from datetime import datetime
from importlib.metadata import version
from typing import Final

from authstorm import __version__
from authstorm.plan.rehearsal import Rehearsal
from authstorm.plan.run_mark import mark_of
from authstorm.report.meanings import code_meanings
from authstorm.report.plan_facts import PlanFacts

PACKAGES: Final = ("locust", "gevent", "geventhttpclient")


def planned(rehearsal: Rehearsal, started_utc: datetime, tools: dict[str, str]) -> PlanFacts:
    """What the report tells of the plan and of this machine."""
    versions = {"authstorm": __version__, "python": platform.python_version()}
    return PlanFacts(
        target=rehearsal.target.name,
        target_url=rehearsal.target.url,
        profile=rehearsal.profile.name,
        schedule=rehearsal.schedule,
        started_utc=started_utc,
        about=rehearsal.profile.about,
        seed=rehearsal.profile.seed,
        host=platform.node(),
        effective=rehearsal.effective(),
        versions=versions | {name: version(name) for name in PACKAGES} | tools,
        meanings=code_meanings(),
        run_mark="" if rehearsal.target.checks.trace == "none" else mark_of(rehearsal.hash, started_utc),
    )
