"""The run folder: its name, its privacy, its link, and files that are whole or absent."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from authstorm.report.folder import RunFolder, folder_name

STARTED = datetime(2026, 11, 23, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("target", "profile", "name", "gloss"),
    [
        ("sandbox", "flash-sale", "20261123T201500Z-sandbox-flash-sale", "plain names stay as they are"),
        ("../../etc", "a b/c", "20261123T201500Z-etc-a-b-c", "no name leads out of the folder"),
        ("", "…", "20261123T201500Z-target-profile", "nothing left is still a name"),
        ("x" * 200, "y", f"20261123T201500Z-{'x' * 60}-y", "a long name is cut"),
    ],
)
def test_the_name_says_when_against_what_and_how(target, profile, name, gloss):
    assert folder_name(STARTED, target, profile) == name, gloss


def test_the_start_is_told_in_utc_whatever_the_zone():
    there = STARTED.astimezone(timezone(timedelta(hours=-7)))
    assert folder_name(there, "t", "p") == "20261123T201500Z-t-p"


def test_a_start_without_a_zone_is_refused():
    with pytest.raises(ValueError, match="needs a time zone"):
        folder_name(datetime(2026, 11, 23), "t", "p")  # noqa: DTZ001


def test_only_the_owner_may_look_inside(tmp_path):
    folder = RunFolder.create(tmp_path, STARTED, "t", "p")
    file = folder.write("summary.md", "text")
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o077 == 0


def test_two_runs_of_one_second_get_two_folders(tmp_path):
    names = [RunFolder.create(tmp_path, STARTED, "t", "p").path.name for _ in range(3)]
    assert names == ["20261123T201500Z-t-p", "20261123T201500Z-t-p-2", "20261123T201500Z-t-p-3"]


def test_latest_is_a_relative_link_to_the_newest_run(tmp_path):
    RunFolder.create(tmp_path, STARTED, "t", "p")
    newest = RunFolder.create(tmp_path, STARTED + timedelta(seconds=1), "t", "p")
    link = tmp_path / "latest"
    assert str(link.readlink()) == newest.path.name
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "20261123T201500Z-t-p", "20261123T201501Z-t-p", "latest",
    ]  # fmt: skip


def test_a_folder_that_somebody_called_latest_stays(tmp_path):
    (tmp_path / "latest").mkdir()
    RunFolder.create(tmp_path, STARTED, "t", "p")
    assert not (tmp_path / "latest").is_symlink()


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(tmp_path):
    folder = RunFolder.create(tmp_path, STARTED, "t", "p")
    folder.write("a.txt", "old")
    with pytest.raises(UnicodeEncodeError):
        folder.write("a.txt", "half \udcff")
    assert [path.name for path in folder.path.iterdir()] == ["a.txt"]
    assert (folder.path / "a.txt").read_text() == "old"
