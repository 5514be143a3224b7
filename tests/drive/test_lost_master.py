"""A worker that did not hear of its master for too long says so by its exit code."""

from locust.event import Events

import time
from types import SimpleNamespace

import pytest

from authstorm.drive.following import Following


@pytest.mark.parametrize(
    ("heard_before_s", "already", "expected"),
    [(1.0, None, None), (10.0, None, 5), (10.0, 2, 2), (None, None, None)],
    ids=["heard", "lost", "another reason came first", "never joined"],
)
def test_the_exit_code_of_a_worker_whose_master_is_silent(heard_before_s, already, expected):
    heard_at = None if heard_before_s is None else time.time() - heard_before_s
    left = []
    runner = SimpleNamespace(
        last_heartbeat_timestamp=heard_at,
        quit=lambda: left.append(True),
        client=SimpleNamespace(send=print),
        reset_connection=print,
        register_message=lambda *_, **__: None,
    )
    environment = SimpleNamespace(events=Events(), process_exit_code=already)
    Following(environment, runner, str)
    runner.quit()
    assert left == [True]
    assert environment.process_exit_code == expected
