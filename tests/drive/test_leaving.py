"""A visitor that Locust stops makes its visit to the end, and begins no other."""

from locust.event import EventHook

from types import SimpleNamespace

import gevent
import pytest
from gevent.monkey import get_original
from gevent.pool import Group

from authstorm.drive.pacing import Pacing
from authstorm.drive.run_clock import RunClock
from authstorm.plan.schedule import Curve, Schedule, Segment, Stage, Stream
from scenarios import Service

THINK_S, VISIT_S = 0.05, 0.03


class Guest(Service):
    """Notes when a visit begins and when it is at its end."""

    begun = ended = 0

    def visit(self):
        self.begun += 1
        gevent.sleep(VISIT_S)
        self.ended += 1


@pytest.fixture
def guests():
    """Twenty visitors of a closed profile, all of whose pauses end at one moment; and their pacing."""
    stream = Stream("service", Curve((Segment(0, 9, 20, 20),)))
    pacing = Pacing(Schedule((Stage("all", 0, 9),), (stream,), "closed"), 2.0, RunClock())
    craft = SimpleNamespace(
        rehearsal=SimpleNamespace(profile=SimpleNamespace(open=False, think_s=THINK_S, retries={})),
        random=SimpleNamespace(random=lambda: 0.0),
        new_session=lambda connections: SimpleNamespace(close=lambda: None),
        pacing=pacing,
        clock=pacing._clock,
        services=lambda session: object(),
    )
    request = EventHook()
    user_error = SimpleNamespace(fire=lambda **_: None)
    environment = SimpleNamespace(authstorm=craft, events=SimpleNamespace(request=request, user_error=user_error))
    return [Guest(environment) for _ in range(20)], pacing


@pytest.mark.parametrize(
    ("after_s", "stalls_s", "times", "gloss"),
    [
        (THINK_S - 0.01, 0.04, 1, "the loop was held up, so that the stop and the end of the pause come at once"),
        (THINK_S + VISIT_S / 2, 0.0, 1, "in a visit"),
        (THINK_S / 2, 0.0, 1, "in a pause"),
        (THINK_S + VISIT_S / 2, 0.0, 2, "in a visit, asked twice"),
        (THINK_S / 2, 0.0, 2, "in a pause, asked twice"),
    ],
)
def test_no_visit_is_cut_off_and_every_one_that_was_counted_is_made(guests, after_s, stalls_s, times, gloss):
    visitors, pacing = guests
    group = Group()
    for visitor in visitors:
        visitor.pause_s = lambda: THINK_S
        visitor.start(group)
    gevent.sleep(0)
    stops = [gevent.spawn_later(after_s, visitor.stop) for visitor in visitors for _ in range(times)]
    gevent.spawn_later(after_s - 0.01, get_original("time", "sleep"), stalls_s)
    gevent.joinall(stops, raise_error=True)
    group.join(timeout=5)
    counts = pacing.counts()
    assert not group.greenlets, gloss
    assert sum(visitor.begun for visitor in visitors) == sum(visitor.ended for visitor in visitors)
    assert counts.offered == counts.started == sum(visitor.begun for visitor in visitors)
    assert counts.visitors == 0
