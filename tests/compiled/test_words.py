"""``python -m authstorm.compiled`` never keeps a run from starting, and says in one line what it is made with."""

import pytest

from authstorm.compiled import __main__ as command
from authstorm.compiled.place import PACKAGE, key_of
from authstorm.compiled.workshop import CompilingFailed

from .conftest import fill


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """The command on a machine where compiling ends as told; gives its code, what it said and whether it stamped."""
    monkeypatch.setattr(command, "home", lambda: tmp_path / "made")

    def runs(*words, lacks="", ends=lambda within: fill(within / key_of(PACKAGE))):
        monkeypatch.setattr(command, "lacking_here", lambda: lacks)
        monkeypatch.setattr(command, "compile_into", lambda within, _package: ends(within))
        code = command.main([*words, "--stamp", str(tmp_path / "stamp")])
        said = capsys.readouterr()
        return code, said.out, said.err, (tmp_path / "stamp").exists()

    return runs


def failing(_within):
    raise CompilingFailed("wire/url.py:3: error: no such thing")


def refused(_within):
    raise PermissionError("not yours")


def test_it_tells_once_that_it_compiles(run):
    assert run() == (0, "Compiling the request path (once, about half a minute)\n", "", True)
    assert run() == (0, "", "", True)


def test_without_a_compiler_it_says_so_and_tries_again_next_time(run):
    said = "The request path runs interpreted, which is slower: no C compiler (Debian: gcc python3-dev)\n"
    assert run(lacks="no C compiler (Debian: gcc python3-dev)") == (0, "", said, False)


def test_what_is_compiled_needs_no_compiler(run):
    run()
    assert run(lacks="no C compiler") == (0, "", "", True)


@pytest.mark.parametrize(("ends", "word"), [(failing, "no such thing"), (refused, "not yours")])
def test_a_failure_is_one_line_and_not_tried_again_before_an_edit(run, ends, word):
    code, _, said, stamped = run(ends=ends)
    assert (code, stamped) == (0, True)
    assert said.startswith("The request path runs interpreted, which is slower: compiling failed")
    assert len(said.splitlines()) == 1
    assert word not in said


def test_strictly_a_failure_fails_with_the_compilers_words(run):
    code, _, said, _ = run("--strict", ends=failing)
    assert code == 1
    assert "wire/url.py:3: error: no such thing" in said


def test_strictly_a_missing_compiler_fails(run):
    assert run("--strict", lacks="no C compiler")[0] == 1
