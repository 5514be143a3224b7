"""One measured step, as it arrives in the ``context`` of Locust's request event.

This is where the driving half and the observing half meet, and they share nothing else. For each step the driving half
fires ``events.request`` with Locust's own arguments (``request_type`` the HTTP method, ``name`` the step,
``response_time`` the service time in ms, ``response_length`` in bytes, ``exception`` None for what went as it should)
and with a context that holds the keys below. An event without them (another locustfile, another listener) is not ours.

=============  =====  ==========================================================================================
key            type   meaning
=============  =====  ==========================================================================================
``outcome``    str    good, refused, shed, broken or wrong
``code``       str    stable short code (docs/outcomes.md)
``expected``   bool   whether the scenario asked for this outcome (a refusal of a wrong password is as it should be)
``scenario``   str    what the visitor was doing
``stage``      int    index of the plan's stage that the arrival was planned in
``planned_s``  float  when the step was due, in seconds since the run's start; a visit's first step is due at its
                      arrival's planned moment, a later step when the one before it was done
``sent_s``     float  when the first byte of the request was sent
``done_s``     float  when the answer was complete or given up
``connect_ms`` float  what connecting and TLS took; 0.0 on a reused connection
``first_ms``   float  from the first byte sent to the first byte received; 0.0 when nothing came
``attempt``    int    1, or which try of the same step it is where the profile's clients ask again
``clock``      str    which clock took ``done_s``: "kernel" or "loop"
``evidence``   dict   of a wrong answer, for the first ones: ``identity``, ``what``, ``expected``, ``got``, ``trace``
``account``    int    of a refused step: the number of the account that was refused, where it is one of the target's
=============  =====  ==========================================================================================

Spelling this out for each step costs more than counting it. So the driving half hands the same, in the order of
``Fields``, to a listener whose class has ``hear_step``, with the evidence and the account's number beside it (None for
most); whoever has none is told by the event as it is described here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

Fields: TypeAlias = tuple[str, str, int, str, str, bool, float, float, float, int, int]
"""The fields of a sample in its order; a sample is one."""


class Sample(NamedTuple):
    """One measured step; times in seconds since the run's start."""

    step: str
    scenario: str
    stage: int
    outcome: str
    code: str
    expected: bool
    planned_s: float
    sent_s: float
    done_s: float
    size: int
    attempt: int = 1

    @property
    def service_ms(self) -> float:
        """From the first byte sent to the end of the answer."""
        return (self.done_s - self.sent_s) * 1000

    @property
    def latency_ms(self) -> float:
        """From the planned moment to the end of the answer: what the visitor waited."""
        return (self.done_s - self.planned_s) * 1000


def from_event(name: str, response_length: int, context: Mapping[str, Any]) -> Sample | None:
    """Read one request event; None when it is not one of ours."""
    if "planned_s" not in context:
        return None
    return Sample(
        str(name),
        str(context["scenario"]),
        int(context["stage"]),
        str(context["outcome"]),
        str(context["code"]),
        bool(context["expected"]),
        float(context["planned_s"]),
        float(context["sent_s"]),
        float(context["done_s"]),
        int(response_length or 0),
        int(context.get("attempt", 1)),
    )
