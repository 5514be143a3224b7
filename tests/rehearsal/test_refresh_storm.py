"""Who signed in together comes back together: the storm that a closed profile of renewals makes."""

import csv

from .conftest import Sandbox, target_of

USERS = 40
STORM = {
    "name": "storm",
    "users": USERS,
    "mix": {"refresh": 1},
    "stages": [{"waves": {"for": "7s"}}],
}


def each_second(run, step):
    rows = csv.DictReader(run.text("timeline.csv").splitlines())
    return {int(row["second"]): int(row["count"]) for row in rows if row["step"] == step}


def test_renewals_come_in_one_wave_when_the_tokens_are_due_and_in_no_other_second(rehearse):
    server = Sandbox("--access-ttl", "5")
    try:
        target = target_of(server, renewal={"lead": "1s"})
        run = rehearse(target, profile=STORM, environ=server.environ)
        arrived, renewed = each_second(run, "sign-in"), each_second(run, "refresh")
        assert sum(arrived.values()) == USERS
        assert min(arrived) <= 1
        assert max(arrived) <= 2
        first = {second: count for second, count in renewed.items() if second < min(arrived) + 7}
        assert sum(first.values()) == USERS
        assert min(first) - min(arrived) in {4, 5}  # five seconds of life less one of lead
        assert max(first) - min(first) <= 2
        assert server.counts()["reuse_offences"] == 0
    finally:
        server.close()
