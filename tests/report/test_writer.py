"""The folder as a whole: what is in it, what is never in it, and what a killed run leaves."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from authstorm.report.plan_facts import PlanFacts
from authstorm.report.writer import plan_yaml

FILES = {"report.html", "summary.json", "summary.md", "junit.xml", "timeline.csv", "plan.yaml"}


def test_every_file_is_there_and_nothing_else(written):
    assert {path.name for path in written[0].iterdir()} == FILES


def test_what_is_returned_is_what_was_written(written):
    folder, summary = written
    assert json.loads((folder / "summary.json").read_text())["headline"] == summary.headline
    assert summary.run.id == folder.name


@pytest.mark.parametrize("secret", ["hush-4711", 'h"u<s>&h', "hüsh\\", "hush\nhush"])
def test_a_secret_is_in_no_file_however_it_would_be_escaped_there(make_storm, write_storm, secret, rows_of):
    hostile = make_storm(
        target=secret, target_url=f"http://{secret}", profile=secret, about=secret, host=secret,
        meanings={"shed-503": secret}, versions={secret: secret}, effective={"client": {"key": [secret]}},
    )  # fmt: skip
    named = type(hostile)(
        hostile.plan, type(hostile.tally).of(sample._replace(step=f"{sample.step} {secret}", code=secret)
                                             for sample in hostile.samples[:300]), hostile.health, hostile.run,
    )  # fmt: skip
    folder, summary = write_storm(named, redact=lambda text: text.replace(secret, "[redacted]"))
    escaped = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    escaped |= {secret.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), secret.replace('"', '""')}
    for file in folder.iterdir():
        assert not [form for form in escaped if form in file.read_text()], file.name
    assert summary.run.target == "[redacted]"
    assert {row["step"].split(" ", 1)[1] for row in rows_of((folder / "timeline.csv").read_text())} == {"[redacted]"}


def test_the_plan_is_yaml_in_the_order_in_which_it_was_given(storm):
    plan = PlanFacts("t", "", "p", storm.plan.schedule, datetime(2026, 11, 23, tzinfo=UTC), effective={
        "z": {"on": True, "share": 0.5}, "a": (1, Path("x")), "key": "hush",
    })  # fmt: skip
    text = plan_yaml(plan, lambda value: value.replace("hush", "[redacted]"))
    assert list(yaml.safe_load(text)) == ["z", "a", "key"]
    assert yaml.safe_load(text) == {"z": {"on": True, "share": 0.5}, "a": [1, "x"], "key": "[redacted]"}


CHILD = """
import importlib.util, sys
from pathlib import Path
import locust
spec = importlib.util.spec_from_file_location("storm", sys.argv[1])
storm = importlib.util.module_from_spec(spec)
sys.modules["storm"] = storm
spec.loader.exec_module(storm)
from authstorm.report.progress import Progress
half = storm.watched(storm.flash_sale_plan(), until_s=40.0)
folder = storm.RunFolder.create(Path(sys.argv[2]), half.plan.started_utc, "t", "p")
progress = Progress(storm.Report(folder, half.plan, str), half.tally, half.health, lambda: half.run)
now_s = 0.0
while True:
    progress.write_partial(now_s)
    now_s += 1e6
    print("written", flush=True)
"""


def test_a_killed_run_leaves_what_it_measured_and_says_that_it_is_partial(tmp_path, rows_of, half_storm):
    conftest = Path(__file__).with_name("conftest.py")
    arguments = [sys.executable, "-c", CHILD, str(conftest), str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as child:
        for _ in range(3):
            assert child.stdout.readline() == "written\n"
        child.kill()
    assert child.returncode == -signal.SIGKILL
    folder = tmp_path / "latest"
    document = json.loads((folder / "summary.json").read_text())
    assert (document["complete"], document["exit_code"]) == (False, None)
    assert sum(int(row["count"]) for row in rows_of((folder / "timeline.csv").read_text())) == len(half_storm.samples)
    assert "</html>" in (folder / "report.html").read_text()
    assert {path.name for path in folder.iterdir() if not path.name.startswith(".")} == FILES
