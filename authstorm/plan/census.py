"""Counts of a schedule: arrivals by stage, the load of all scenarios together, and its highest point in a span."""

from __future__ import annotations

from bisect import bisect_right
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


def highest(curve: Curve, from_s: float, to_s: float) -> float:
    """The highest load of a curve inside a span, its ends included; 0.0 where the curve has nothing."""
    segments = curve.segments
    first = max(0, bisect_right(segments, from_s, key=lambda segment: segment.start_s) - 1)
    most = 0.0
    for segment in segments[first:]:
        if segment.start_s >= to_s:
            break
        if segment.end_s > from_s:
            begin, end = max(segment.start_s, from_s), min(segment.end_s, to_s)
            most = max(most, segment.rate_at(begin), segment.rate_at(end))
    return most
