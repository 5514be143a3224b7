"""What is compiled goes to its place at one stroke, whoever else compiles, and only what nobody needs is removed."""

import os
import shutil
from contextlib import contextmanager
from pathlib import Path

import pytest

from authstorm.compiled import workshop
from authstorm.compiled.modules import LIBRARY
from authstorm.compiled.place import file_of, is_whole, key_of
from authstorm.compiled.workshop import CompilingFailed, clear, compile_into, outdated

from .conftest import fill, fill_modules


@pytest.fixture(autouse=True)
def loadable(monkeypatch):
    """What fill() puts there counts as what can be loaded."""
    monkeypatch.setattr(workshop, "is_usable", is_whole)


def test_folders_of_other_sources_go_after_a_day():
    kept, new, old = Path("kept"), Path("new"), Path("old")
    assert outdated([(kept, 0.0), (new, 90_000.0), (old, 10.0)], kept, now=100_000.0) == [old]


def test_what_is_still_needed_stays(tmp_path):
    kept = fill(tmp_path / "kept")
    clear(tmp_path, kept)
    assert kept.is_dir()


def test_what_was_left_of_a_failure_goes_too(tmp_path):
    kept = fill(tmp_path / "kept")
    note = tmp_path / "0123.failed"
    note.write_text("error: no")
    os.utime(note, (10.0, 10.0))
    clear(tmp_path, kept)
    assert list(tmp_path.iterdir()) == [kept]


def test_what_another_build_takes_away_meanwhile_is_no_failure(tmp_path, monkeypatch):
    kept = fill(tmp_path / "kept")
    gone = fill(tmp_path / ".making-x")
    scandir = os.scandir

    @contextmanager
    def late(path):
        with scandir(path) as entries:
            found = list(entries)
        if path == tmp_path:
            shutil.rmtree(gone)
        yield found

    monkeypatch.setattr(workshop.os, "scandir", late)
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


def test_what_cannot_be_loaded_is_compiled_again(package, tmp_path, monkeypatch):
    folder = fill(tmp_path / "made" / key_of(package))
    (folder / file_of(LIBRARY)).write_bytes(b"damaged")
    monkeypatch.setattr(workshop, "is_usable", lambda folder: (folder / file_of(LIBRARY)).read_bytes() != b"damaged")
    monkeypatch.setattr(workshop, "_make", lambda place: fill(place / "made"))
    compile_into(tmp_path / "made", package)
    assert (folder / file_of(LIBRARY)).read_bytes() == b"no binary"


def test_another_build_that_is_faster_is_no_failure(package, tmp_path, monkeypatch):
    """It puts its own in place between the look and the move."""
    folder = tmp_path / "made" / key_of(package)
    monkeypatch.setattr(workshop, "_make", lambda place: fill(place / "made"))
    monkeypatch.setattr(workshop.shutil, "rmtree", lambda path, **_: fill(path) if path == folder else None)
    assert compile_into(tmp_path / "made", package) == folder
    assert is_whole(folder)


def test_what_an_editor_leaves_beside_a_source_is_not_compiled(package, tmp_path, monkeypatch):
    (package / "wire/.#session.py").symlink_to("engineer@machine.4711")
    (package / "wire/gone.py").symlink_to("nowhere.py")
    monkeypatch.setattr(workshop, "_make", lambda place: fill(place / "made"))
    assert compile_into(tmp_path / "made", package).name == key_of(package)


def test_the_lock_beside_the_package_counts(package, tmp_path, monkeypatch):
    (package.parent / "requirements.lock").write_text("pydantic==2.14.3\n")
    monkeypatch.setattr(workshop, "_make", lambda place: fill(place / "made"))
    assert compile_into(tmp_path / "made", package).name == key_of(package)


def test_what_was_made_is_whole_by_its_sizes(package, tmp_path, monkeypatch):
    monkeypatch.setattr(workshop, "_run", lambda place, *_words: fill_modules(place / "made"))
    assert is_whole(compile_into(tmp_path / "made", package))


def test_a_failure_leaves_nothing(package, tmp_path, monkeypatch):
    def fail(_place):
        raise CompilingFailed("error: no")

    monkeypatch.setattr(workshop, "_make", fail)
    with pytest.raises(CompilingFailed, match="error: no"):
        compile_into(tmp_path / "made", package)
    assert list((tmp_path / "made").iterdir()) == []
