"""Counts of a schedule: arrivals by stage, and the load of all scenarios together."""

from __future__ import annotations

from collections import Counter

from authstorm.plan.schedule import Curve, Schedule, Segment


def arrivals_by_stage(schedule: Schedule) -> tuple[Counter[str], ...]:
    """How many arrivals each scenario plans in each stage; nothing in a closed model, nor in a search."""
    return tuple(Counter(counts) for counts in schedule.offered_by_stage())


def whole_load(schedule: Schedule) -> Curve:
    """All scenarios together; a profile compiles to streams whose segments share their borders."""
    together = zip(*(stream.curve.segments for stream in schedule.streams), strict=True)
    return Curve(
        tuple(
            Segment(parts[0].start_s, parts[0].end_s, sum(p.from_rate for p in parts), sum(p.to_rate for p in parts))
            for parts in together
        )
    )
