"""What is missing is named before anything is tried, and only what nobody needs is removed."""

from pathlib import Path

import pytest

from authstorm.compiled import workshop
from authstorm.compiled.modules import MYPY
from authstorm.compiled.place import key_of
from authstorm.compiled.workshop import CompilingFailed, clear, compile_into, lacking, outdated

from .conftest import fill

HEADER = Path(__file__)  # a file that is there
ALL = {"compiler": "/usr/bin/cc", "header": HEADER, "mypy": MYPY, "setuptools": "65.5.0"}


@pytest.mark.parametrize(
    ("gloss", "changes", "said"),
    [
        ("all is there", {}, ""),
        ("no compiler", {"compiler": None}, "no C compiler (Debian: gcc python3-dev)"),
        ("neither compiler nor mypy", {"compiler": None, "mypy": None}, "no C compiler (Debian: gcc python3-dev)"),
        ("no headers", {"header": Path("/none/Python.h")}, "no /none/Python.h (Debian: python3-dev)"),
        ("no mypy", {"mypy": None}, f"no mypy {MYPY} (a package index brings it)"),
        ("another mypy", {"mypy": "1.0"}, f"no mypy {MYPY} (a package index brings it)"),
        ("no setuptools", {"setuptools": None}, "no setuptools (a package index brings it)"),
    ],
)
def test_what_is_missing_is_named(gloss, changes, said):
    assert lacking(**(ALL | changes)) == said, gloss


def test_folders_of_other_sources_go_after_a_day():
    kept, new, old = Path("kept"), Path("new"), Path("old")
    assert outdated([(kept, 0.0), (new, 90_000.0), (old, 10.0)], kept, now=100_000.0) == [old]


def test_what_is_still_needed_stays(tmp_path):
    kept = fill(tmp_path / "kept")
    clear(tmp_path, kept)
    assert kept.is_dir()


def test_what_is_compiled_already_is_not_compiled_again(package, tmp_path, monkeypatch):
    monkeypatch.setattr(workshop, "_make", lambda _place: pytest.fail("compiled again"))
    folder = fill(tmp_path / "made" / key_of(package))
    assert compile_into(tmp_path / "made", package) == folder


def test_what_was_made_goes_to_its_key_at_one_stroke(package, tmp_path, monkeypatch):
    monkeypatch.setattr(workshop, "_make", lambda place: fill(place / "made"))
    folder = compile_into(tmp_path / "made", package)
    assert folder == tmp_path / "made" / key_of(package)
    assert list((tmp_path / "made").iterdir()) == [folder]


def test_a_failure_leaves_nothing(package, tmp_path, monkeypatch):
    def fail(_place):
        raise CompilingFailed("error: no")

    monkeypatch.setattr(workshop, "_make", fail)
    with pytest.raises(CompilingFailed, match="error: no"):
        compile_into(tmp_path / "made", package)
    assert list((tmp_path / "made").iterdir()) == []
