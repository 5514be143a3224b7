"""A binary never stands before a source that it was not made from."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

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


def test_nothing_is_found_where_nothing_was_compiled(package, tmp_path):
    assert finder_for(package, tmp_path / "made", {}) is None


@pytest.mark.parametrize(("value", "off"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_a_variable_switches_it_off(package, tmp_path, value, off):
    fill(tmp_path / "made" / key_of(package))
    finder = finder_for(package, tmp_path / "made", {"AUTHSTORM_INTERPRETED": value})
    assert (finder is None) == off


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
