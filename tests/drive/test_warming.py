"""What takes long the first time is done before the load."""

import inspect

from authstorm.drive.warming import warm


def test_the_look_at_the_stack_that_ends_a_run_has_been_taken_before(monkeypatch):
    for cache in ("modulesbyfile", "_filesbymodname"):  # where inspect keeps what its first look found
        monkeypatch.setattr(inspect, cache, {})
    warm()
    assert __file__ in inspect.modulesbyfile
