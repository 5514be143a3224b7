"""Two thousand visitors in one process, each on a connection that it keeps, against a real nginx."""

import json
import subprocess
from dataclasses import replace

import pytest

from bench.rig.nginx import missing, nginx
from bench.rig.peers import Errand, suite
from bench.rig.plan import Load
from bench.rig.process import ROOT, Generator

VISITORS = 2_000


@pytest.mark.real
def test_every_visitor_keeps_the_one_connection_that_it_opened(tmp_path):
    assert missing() == []
    load = Load(visitors=VISITORS)
    stages = [{"steady": {"for": "9s"}}]
    command = suite("closed", profile={"mix": {"validate": 1}, "think": "2s", "stages": stages})
    with nginx(0) as server:
        arguments, environ = command(Errand(server.http, "", replace(load, seconds=9), tmp_path))
        before = server.counts()
        generator = Generator(arguments, 1, tmp_path / "output.txt", environ, ROOT)
        try:
            generator._process.wait(60)
        except subprocess.TimeoutExpired:
            pytest.fail(generator.last_words())
        finally:
            generator.end()
        after = server.counts()
    asking = 1  # this count itself came on a connection
    assert after.accepted - before.accepted - asking == VISITORS
    steps = {row["step"]: row for row in summary(tmp_path)["steps"] if row["stage"] == "all"}
    assert steps["sign-in"]["count"] == VISITORS
    assert steps["validate"]["count"] > 2 * VISITORS
    assert all(row["good_share"] == 1.0 for row in steps.values())


def summary(folder):
    return json.loads((folder / "reports" / "latest" / "summary.json").read_text())
