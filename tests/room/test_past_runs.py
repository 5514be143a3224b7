"""Which runs there are, and that no name leads to any other file."""

import pytest

from authstorm.room.past_runs import PastRuns


def test_the_newest_come_first_with_their_verdicts(leave_run, tmp_path):
    one, two = leave_run(1), leave_run(2)
    (tmp_path / "not-a-run").mkdir()
    told = PastRuns(tmp_path).newest()
    assert [run["id"] for run in told] == [two, one]
    assert (told[0]["profile"], told[0]["seed"], told[0]["report"]) == ("storm", 7, True)
    assert told[0]["headline"]


def test_a_run_that_goes_on_is_read_again_when_it_has_changed(leave_run, tmp_path):
    run, runs = leave_run(), PastRuns(tmp_path)
    assert runs.newest()[0]["profile"] == "storm"
    path = tmp_path / run / "summary.json"
    path.write_text(path.read_text().replace('"storm"', '"other"'))
    assert runs.newest()[0]["profile"] == "other"


def test_a_folder_that_cannot_be_read_is_left_out(leave_run, tmp_path):
    (tmp_path / leave_run() / "summary.json").write_text("{")
    assert PastRuns(tmp_path).newest() == []
    assert PastRuns(tmp_path / "nowhere").newest() == []


@pytest.mark.parametrize("name", ["report.html", "summary.json", "timeline.csv", "plan.yaml"])
def test_a_runs_own_files_are_found(leave_run, tmp_path, name):
    run = leave_run()
    assert PastRuns(tmp_path).file(run, name) == tmp_path / run / name


@pytest.mark.parametrize(
    ("run", "name"),
    [
        ("..", "summary.json"),
        (".", "summary.json"),
        ("", "summary.json"),
        ("{run}", "../summary.json"),
        ("{run}", ".."),
        ("{run}", "secret.txt"),
        ("{run}/..", "summary.json"),
        ("outside", "summary.json"),
        ("{run}", "junit.xml"),
        ("nowhere", "summary.json"),
        ("{run}\x00", "summary.json"),
        ("{run}\n", "summary.json"),
    ],
)
def test_no_name_leads_out_or_to_what_is_not_to_be_shown(leave_run, tmp_path, tmp_path_factory, run, name):
    own = leave_run()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    for path in (elsewhere / "summary.json", tmp_path / "summary.json", tmp_path / own / "secret.txt"):
        path.write_text("{}")
    (tmp_path / "outside").symlink_to(elsewhere)
    (tmp_path / own / "junit.xml").unlink()
    (tmp_path / own / "junit.xml").symlink_to(elsewhere / "summary.json")
    assert PastRuns(tmp_path).file(run.format(run=own), name) is None
