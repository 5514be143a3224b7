"""``python -m authstorm.compiled`` never keeps a run from starting, and says in one line what it is made with."""

import os
import time
from importlib.util import module_from_spec

import pytest

from authstorm.compiled import __main__ as command
from authstorm.compiled import finder, needs
from authstorm.compiled.place import PACKAGE, key_of
from authstorm.compiled.workshop import CompilingFailed

from .conftest import fill

COMPILES = "Compiling the request path (once, about a minute)\n"
INTERPRETED = "The request path runs interpreted, which is slower: "
MYPY_WANTED = {"mypy 2.4.1": "mypy==2.4.1"}


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """The command on a machine where compiling ends as told; gives its code and what it said."""
    monkeypatch.setattr(command, "home", lambda: tmp_path / "made")
    monkeypatch.setattr(finder, "module_from_spec", lambda _spec: None)  # what fill() puts there cannot be loaded

    def runs(*words, lacks="", wanted=None, ends=lambda within: fill(within / key_of(PACKAGE))):
        monkeypatch.setattr(command, "machine_lacks_here", lambda: lacks)
        monkeypatch.setattr(command, "packages_lacking_here", lambda: wanted or {})
        monkeypatch.setattr(command, "compile_into", lambda within, _package: ends(within))
        code = command.main(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return runs


@pytest.fixture
def pip(monkeypatch):
    """What pip was asked for, each time; it says what ``pip.says`` is."""

    class Asked(list):
        says = "no route to host\n"

        def __call__(self, *words):
            self.append(words)
            return self.says

    asked = Asked()
    monkeypatch.setattr(needs, "_pip", asked)
    return asked


def failing(within):
    within.mkdir(exist_ok=True)
    raise CompilingFailed("wire/url.py:3: error: no such thing")


def refused(_within):
    raise PermissionError("not yours")


def never(_within):
    pytest.fail("compiled")


def test_it_tells_once_that_it_compiles(run):
    assert run() == (0, COMPILES, "")
    assert run(ends=never) == (0, "", "")


def test_it_compiles_again_when_the_folder_is_gone(run, tmp_path):
    run()
    (tmp_path / "made" / key_of(PACKAGE)).rename(tmp_path / "elsewhere")
    assert run() == (0, COMPILES, "")


def test_it_compiles_again_what_cannot_be_loaded(run, monkeypatch):
    run()
    monkeypatch.setattr(finder, "module_from_spec", module_from_spec)
    assert run() == (0, COMPILES, "")


def test_without_a_compiler_it_says_so_each_time_and_asks_no_package_index(run, pip):
    said = f"{INTERPRETED}no C compiler (Debian: gcc python3-dev)\n"
    for _ in range(2):
        assert run(lacks="no C compiler (Debian: gcc python3-dev)", wanted=MYPY_WANTED, ends=never) == (0, "", said)
    assert pip == []


def test_what_is_compiled_needs_neither_compiler_nor_packages(run, pip):
    run()
    assert run(lacks="no C compiler", wanted=MYPY_WANTED) == (0, "", "")
    assert pip == []


def test_pip_brings_what_alone_is_missing(run, pip):
    pip.says = None
    assert run(wanted=MYPY_WANTED) == (0, COMPILES, "")
    [words] = pip
    assert words[-1] == "mypy==2.4.1"
    assert words[1].endswith("/requirements-dev.lock")


def test_where_pip_fails_a_day_goes_by_before_it_is_asked_again(run, pip, tmp_path):
    note = tmp_path / "made/pip.failed"
    said = f"{INTERPRETED}no mypy 2.4.1, and pip brought none ({note} says why)\n"
    for _ in range(2):
        assert run(wanted=MYPY_WANTED, ends=never) == (0, "", said)
    assert len(pip) == 1
    assert note.read_text() == "no route to host\n"
    os.utime(note, (time.time() - 90_000,) * 2)
    run(wanted=MYPY_WANTED, ends=never)
    assert len(pip) == 2


def test_strictly_pip_is_asked_again(run, pip):
    run(wanted=MYPY_WANTED)
    assert run("--strict", wanted=MYPY_WANTED, ends=never)[0] == 1
    assert len(pip) == 2
    pip.says = None
    assert run("--strict", wanted=MYPY_WANTED)[0] == 0


def test_pip_that_was_interrupted_is_asked_again(run, pip, monkeypatch):
    def interrupted(*_words):
        raise KeyboardInterrupt

    monkeypatch.setattr(needs, "_pip", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(wanted=MYPY_WANTED)
    monkeypatch.setattr(needs, "_pip", pip)
    run(wanted=MYPY_WANTED)
    assert len(pip) == 1


@pytest.mark.parametrize(("ends", "word"), [(failing, "no such thing"), (refused, "not yours")])
def test_a_failure_is_one_line(run, ends, word):
    code, _, said = run(ends=ends)
    assert code == 0
    assert said.startswith(f"{INTERPRETED}compiling failed")
    assert len(said.splitlines()) == 1
    assert word not in said


def test_a_failure_is_said_each_time_and_tried_again_only_strictly(run, tmp_path):
    first = run(ends=failing)
    again = run(ends=never)
    assert (again[0], again[1], again[2]) == (0, "", first[2])
    assert "no such thing" in (tmp_path / "made" / f"{key_of(PACKAGE)}.failed").read_text()
    assert run("--strict") == (0, COMPILES, "")
    assert [path.name for path in (tmp_path / "made").iterdir()] == [key_of(PACKAGE)]


def test_strictly_a_failure_fails_with_the_compilers_words(run):
    code, _, said = run("--strict", ends=failing)
    assert code == 1
    assert "wire/url.py:3: error: no such thing" in said


def test_strictly_a_missing_compiler_fails(run):
    assert run("--strict", lacks="no C compiler")[0] == 1


def test_sources_that_cannot_be_read_are_one_line(run, monkeypatch):
    def unreadable(_package):
        raise PermissionError("not yours")

    monkeypatch.setattr(command, "key_of", unreadable)
    assert run(ends=never)[:2] == (0, "")
