"""A binary never stands before a source that it was not made from."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from authstorm.compiled import finder, place
from authstorm.compiled.finder import CompiledModules, finder_for, request_path
from authstorm.compiled.modules import LIBRARY, MODULES
from authstorm.compiled.place import file_of, key_of

from .conftest import fill

ROOT = Path(__file__).parents[2]


def append(path, text):
    path.write_text(path.read_text("utf-8") + text)


@pytest.mark.parametrize(
    ("gloss", "file"),
    [
        ("a compiled source", "wire/session.py"),
        ("an interpreted one beside it, whose types are compiled in", "plan/units.py"),
        ("the errors", "errors.py"),
    ],
)
def test_an_edit_makes_another_key(package, gloss, file):
    before = key_of(package)
    append(package / file, "\n# changed\n")
    assert key_of(package) != before, gloss


def test_a_source_more_makes_another_key(package):
    before = key_of(package)
    (package / "wire/novel.py").write_text("")
    assert key_of(package) != before


def test_lines_that_move_to_another_file_make_another_key(package):
    before = key_of(package)
    (package / "wire/url.py").rename(package / "wire/urls.py")
    assert key_of(package) != before


@pytest.mark.parametrize("constant", ["SETUP", "MYPY_INI"])
def test_other_options_of_the_compiler_make_another_key(package, monkeypatch, constant):
    before = key_of(package)
    monkeypatch.setattr(place, constant, "other options")
    assert key_of(package) != before


def test_other_packages_make_another_key(package):
    keys = {key_of(package)}
    for lock in ("pydantic==2.14.3\n", "pydantic==2.14.4\n"):
        (package.parent / "requirements.lock").write_text(lock)
        keys.add(key_of(package))
    assert len(keys) == 3


def test_what_an_editor_leaves_beside_a_source_is_no_source(package):
    before = key_of(package)
    (package / "wire/.#session.py").symlink_to("engineer@machine.4711")
    (package / "wire/gone.py").symlink_to("nowhere.py")
    (package / "wire/a_folder.py").mkdir()
    (package / "wire/session copy.py").write_text("")
    assert key_of(package) == before


def test_pages_and_commands_leave_the_key(package):
    before = key_of(package)
    append(package / "report/html.py", "\n# changed\n")
    append(package / "commands/plan.py", "\n# changed\n")
    assert key_of(package) == before


def test_what_was_compiled_from_these_sources_is_found(package, tmp_path):
    folder = fill(tmp_path / "made" / key_of(package))
    finder = finder_for(package, tmp_path / "made", {})
    for module in (LIBRARY, *MODULES):
        assert finder.find_spec(module).origin == str(folder / file_of(module))


def test_what_was_compiled_before_an_edit_is_not_used(package, tmp_path):
    fill(tmp_path / "made" / key_of(package))
    append(package / "wire/session.py", "\n# changed\n")
    assert finder_for(package, tmp_path / "made", {}) is None


def test_half_a_folder_is_not_used(package, tmp_path):
    folder = fill(tmp_path / "made" / key_of(package))
    (folder / file_of("authstorm.wire.session")).unlink()
    assert finder_for(package, tmp_path / "made", {}) is None


@pytest.mark.parametrize("rest", [b"", b"no bin"])
@pytest.mark.parametrize("module", [LIBRARY, MODULES[0]])
def test_a_shortened_file_is_not_used(package, tmp_path, module, rest):
    folder = fill(tmp_path / "made" / key_of(package))
    (folder / file_of(module)).write_bytes(rest)
    assert finder_for(package, tmp_path / "made", {}) is None


def test_nothing_is_found_where_nothing_was_compiled(package, tmp_path):
    assert finder_for(package, tmp_path / "made", {}) is None


@pytest.mark.parametrize(("value", "off"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_a_variable_switches_it_off(package, tmp_path, value, off):
    fill(tmp_path / "made" / key_of(package))
    finder = finder_for(package, tmp_path / "made", {"AUTHSTORM_INTERPRETED": value})
    assert (finder is None) == off


@pytest.fixture
def installed(package, tmp_path, monkeypatch):
    """``install`` for a copy of the package with a home of its own."""
    monkeypatch.setattr(finder, "PACKAGE", package)
    monkeypatch.setattr(finder, "home", lambda: tmp_path / "made")
    monkeypatch.setattr(finder.os, "environ", {})
    monkeypatch.setattr(sys, "meta_path", [entry for entry in sys.meta_path if not isinstance(entry, CompiledModules)])
    monkeypatch.delitem(sys.modules, LIBRARY, raising=False)
    return finder.install


def ours():
    return [entry for entry in sys.meta_path if isinstance(entry, CompiledModules)]


def test_a_binary_that_cannot_be_loaded_costs_a_line(installed, package, tmp_path, capsys):
    fill(tmp_path / "made" / key_of(package))
    installed()
    assert ours() == []
    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("The request path runs interpreted, which is slower: what was compiled is unfit: ")


def test_a_source_that_cannot_be_read_costs_nothing(installed, package, tmp_path, capsys):
    (tmp_path / "made").mkdir()
    shutil.rmtree(package / "plan")
    installed()
    assert ours() == []
    assert capsys.readouterr().err == ""


def test_use_is_noted(installed, package, tmp_path, monkeypatch):
    folder = fill(tmp_path / "made" / key_of(package))
    os.utime(folder, (10.0, 10.0))
    monkeypatch.setattr(finder, "import_module", lambda _name: None)
    installed()
    assert time.time() - folder.stat().st_mtime < 60


def test_a_folder_of_somebody_else_can_be_used(tmp_path):
    place.note_use(tmp_path / "none")


@pytest.mark.parametrize("module", ["json", "authstorm", "authstorm.wire", "authstorm.wire.settings", "session"])
def test_every_other_module_is_left_to_others(tmp_path, module):
    assert CompiledModules(tmp_path).find_spec(module) is None


def test_a_process_that_is_told_to_runs_interpreted():
    program = (
        "import authstorm.wire.session as session; from authstorm.compiled.finder import request_path;"
        "print(request_path(), session.__file__)"
    )
    environ = os.environ | {"AUTHSTORM_INTERPRETED": "1"}
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environ, capture_output=True, text=True, check=True
    )
    assert ended.stdout.split() == ["interpreted", str(ROOT / "authstorm/wire/session.py")]


@pytest.mark.skipif(os.environ["AUTHSTORM_INTERPRETED"] != "1", reason="asked to run compiled")
def test_these_tests_run_interpreted():
    assert request_path() == "interpreted"
