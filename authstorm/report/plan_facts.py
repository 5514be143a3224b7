"""What a report must know of the plan: all that is settled before the first request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authstorm.plan.schedule import Schedule


@dataclass(frozen=True, slots=True)
class PlanFacts:
    """Who is to come, when and where to.

    ``effective`` is the whole configuration as plain mappings (``plan.yaml``); ``meanings`` says what a code means in
    words; ``chapters`` puts a step into a chapter of the report where its name does not. ``run_mark`` is what the trace
    IDs of the run begin with, "" where no request carries one.
    """

    target: str
    target_url: str
    profile: str
    schedule: Schedule
    started_utc: datetime
    about: str = ""
    seed: int | None = None
    host: str = ""
    effective: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    meanings: Mapping[str, str] = field(default_factory=dict)
    chapters: Mapping[str, str] = field(default_factory=dict)
    run_mark: str = ""
