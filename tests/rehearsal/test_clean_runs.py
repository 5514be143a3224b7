"""Runs against a target that is well raise no alert; ``tests/rehearsal/clean_runs.py`` makes ten of each."""

import pytest

from .clean_runs import clean_runs

pytestmark = pytest.mark.long


@pytest.mark.parametrize("profile", ["smoke", "flash-sale"])
def test_a_clean_run_of_a_shipped_profile_raises_no_alert(tmp_path, profile):
    (run,) = clean_runs(profile, 1, tmp_path)
    assert run.code == 0, run
    assert run.fired == (), run
