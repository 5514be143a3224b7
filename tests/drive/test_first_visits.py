"""When the visitors of a closed profile make their first visit: at moments that lie evenly in the pause."""

from locust.event import EventHook

from collections import Counter
from random import Random
from types import SimpleNamespace

import pytest

from authstorm.drive import visitor as module
from authstorm.drive.run_clock import RunClock
from scenarios import Service

CROWD = 8000


@pytest.mark.parametrize("think_s", [0.5, 1.0, 1.5, 2.0, 3.0])
def test_visitors_that_came_in_one_second_lie_evenly_in_their_pauses(think_s, monkeypatch):
    """Ten parts of the pause hold 800 visitors each, give or take 5 standard deviations; the seed makes it the same."""
    slept = []
    monkeypatch.setattr(module.gevent, "sleep", slept.append)
    craft = SimpleNamespace(
        rehearsal=SimpleNamespace(profile=SimpleNamespace(open=False, think_s=think_s, retries={})),
        random=Random(1),
        pacing=SimpleNamespace(visitors=0, pause=lambda pause_s, is_leaving: slept.append(pause_s)),
        new_session=lambda connections: None,
        services=lambda session: object(),
        clock=RunClock(),
    )
    environment = SimpleNamespace(authstorm=craft, events=SimpleNamespace(request=EventHook()))
    for _ in range(CROWD):
        visitor = Service(environment)
        visitor.on_start()
        visitor.wait_time()
    first_s = [came_s + thought_s for came_s, thought_s in zip(slept[::2], slept[1::2], strict=True)]
    parts = Counter(int(moment % think_s / think_s * 10) for moment in first_s)
    assert len(first_s) == CROWD
    assert all(abs(parts[part] - 800) < 135 for part in range(10)), parts
