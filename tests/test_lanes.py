"""Tests that run in lanes are told as those of one pytest: all of them, and a failure as a failure."""

import pytest

from tests.lanes import main

GOOD, BAD, LONG = (
    "def test_it():\n    assert True\n",
    "def test_it():\n    assert [1] == ['what was wrong']\n",
    "import pytest\n@pytest.mark.long\ndef test_it():\n    pass\n",
)


@pytest.mark.parametrize(
    ("gloss", "files", "code", "closing"),
    [
        ("all pass", {"unit/test_a.py": GOOD, "rehearsal/test_b.py": GOOD}, 0, "2 passed, 0 failed, 0 skipped"),
        ("a run fails", {"unit/test_a.py": GOOD, "rehearsal/test_b.py": BAD}, 1, "1 passed, 1 failed, 0 skipped"),
        ("no Python", {"unit/test_a.py": GOOD, "servers/test_b.py": "("}, 1, "1 passed, 1 failed, 0 skipped"),
        ("none chosen here", {"unit/test_a.py": GOOD, "servers/test_b.py": LONG}, 0, "1 passed, 0 failed, 0 skipped"),
        ("none chosen at all", {"unit/test_a.py": LONG}, 1, "0 passed, 0 failed, 0 skipped"),
    ],
)
def test_what_all_lanes_found_is_told_at_the_end(tmp_path, capsys, gloss, files, code, closing):  # noqa: PLR0917
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert main(["-m", "not long", "-p", "no:cacheprovider"], tmp_path) == code, gloss
    output = capsys.readouterr().out
    assert output.splitlines()[-1] == closing
    assert ("what was wrong" in output) == (BAD in files.values())
