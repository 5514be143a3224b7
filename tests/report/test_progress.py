"""Writing while the load runs: now and then, cheaply, and never in the load's way."""

import json
import logging
from datetime import UTC, datetime

from authstorm.report import progress as progress_module
from authstorm.report import writer as writer_module
from authstorm.report.folder import RunFolder
from authstorm.report.progress import Progress
from authstorm.report.writer import Report


def progress_of(storm, tmp_path, **more):
    folder = RunFolder.create(tmp_path, datetime(2026, 11, 23, tzinfo=UTC), "t", "p")
    return folder, Progress(Report(folder, storm.plan, str), storm.tally, storm.health, lambda: storm.run, **more)


def test_it_writes_at_once_and_then_when_its_time_has_come(half_storm, tmp_path, monkeypatch):
    monkeypatch.setattr(progress_module, "SHARE", 1e9)
    _, progress = progress_of(half_storm, tmp_path, every_s=5.0)
    assert [progress.write_partial(now_s) for now_s in (100.0, 104.9, 105.0, 109.0, 110.5)] == [
        True, False, True, False, True,
    ]  # fmt: skip


def test_what_is_dear_is_done_less_often(half_storm, tmp_path, monkeypatch):
    _, progress = progress_of(half_storm, tmp_path, every_s=5.0)
    monkeypatch.setattr(Report, "worked_s", 0.2)
    assert progress.write_partial(100.0)
    assert not progress.write_partial(119.9), "200 ms may be spent every 20 s"
    assert progress.write_partial(120.1)


def test_pauses_are_not_work(half_storm, tmp_path, monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(writer_module, "perf_counter", lambda: clock[0])

    def pause():
        clock[0] += 1000.0

    folder = RunFolder.create(tmp_path, datetime(2026, 11, 23, tzinfo=UTC), "t", "p")
    report = Report(folder, half_storm.plan, str, pause)
    report.write(half_storm.tally, half_storm.health, None, half_storm.run, complete=False)
    assert clock[0] > 5000.0
    assert report.worked_s == 0.0


def test_what_it_writes_is_partial(half_storm, tmp_path):
    folder, progress = progress_of(half_storm, tmp_path)
    progress.write_partial(0.0)
    assert json.loads((folder.path / "summary.json").read_text())["complete"] is False


def test_a_disk_that_refuses_is_said_once_and_does_not_stop_the_load(half_storm, tmp_path, monkeypatch, caplog):
    folder, progress = progress_of(half_storm, tmp_path, every_s=0.0)

    def refuse(name, text):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as full, caplog.at_level(logging.WARNING):
        full.setattr(RunFolder, "write", lambda self, name, text: refuse(name, text))
        assert [progress.write_partial(float(now_s)) for now_s in (1000, 2000)] == [False, False]
    assert [record.getMessage() for record in caplog.records] == [
        f"report: cannot write {folder.path} while the run goes on: No space left on device"
    ]
    assert progress.write_partial(9000.0)
