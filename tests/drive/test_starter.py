"""Runs are started by their plan alone."""

from locust.event import Events
from locust.runners import STATE_RUNNING, MasterRunner

from types import SimpleNamespace

import gevent

from authstorm.drive.starter import Starter


class Master(MasterRunner):
    """A master in the middle of a run, without a socket."""

    def __init__(self, start):
        self.start, self.shape_greenlet, self.state, self.greenlet = start, None, STATE_RUNNING, None


def test_keys_in_a_masters_terminal_add_no_visitors_while_a_run_goes_on():
    started = []
    runner = Master(lambda *asked: started.append(asked))
    Starter(SimpleNamespace(runner=runner, events=Events()), SimpleNamespace(), lambda: None)
    runner.start(11, 100)  # as Locust does for the key w
    assert started == []
    runner.shape_greenlet = gevent.spawn(lambda: runner.start(20, 10))
    runner.shape_greenlet.join()
    assert started == [(20, 10)]
