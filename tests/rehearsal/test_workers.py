"""Three workers make together exactly what one process makes."""

from .conftest import PROFILE, target_of
from .many import over_processes

PLAN = PROFILE | {"stages": [{"warm-up": {"for": "3s", "from": "0/s", "measured": False}}, {"steady": {"for": "6s"}}]}
PLANNED_STEPS = ("login", "service", "introspect", "revoke")


def test_three_workers_make_the_plan_of_one(rehearse, sandbox):
    one = rehearse(target_of(sandbox), profile=PLAN, environ=sandbox.environ)
    before = sum(row["count"] for row in sandbox.counts()["requests"] if row["endpoint"] != "discovery")
    three = rehearse(
        target_of(sandbox),
        profile=PLAN,
        environ=sandbox.environ,
        options=over_processes(3),
    )
    assert three.json()["run"]["workers"] == 3
    assert three.json()["generator"]["offered"] == one.json()["generator"]["offered"]
    assert three.json()["generator"]["dropped"] == 0, three.output
    assert [three.counts()[step] for step in PLANNED_STEPS] == [one.counts()[step] for step in PLANNED_STEPS]
    after = sum(row["count"] for row in sandbox.counts()["requests"] if row["endpoint"] != "discovery")
    assert after - before == sum(three.counts().values())
    assert sandbox.counts()["reuse_offences"] == 0
