"""``make`` asks each time what a run is made with, and takes yes and no alone for an answer to whether to compile."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOWN = 'include Makefile\nshown:\n\t@echo "$(COMPILED) $${AUTHSTORM_INTERPRETED-unset}"\n'


def make(*words, interpreted=None, **options):
    # the tests are often run by make themselves
    not_ours = {"AUTHSTORM_INTERPRETED", "COMPILE", "MAKEFLAGS", "MAKELEVEL", "MFLAGS"}
    environ = {name: value for name, value in os.environ.items() if name not in not_ours}
    if interpreted is not None:
        environ["AUTHSTORM_INTERPRETED"] = interpreted
    return subprocess.run(
        ["make", *words], cwd=ROOT, env=environ, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize("answer", ["No", "off", "0", "false", "", "yes no"])
def test_compile_is_yes_or_no(answer):
    made = make("-n", "help", f"COMPILE={answer}")
    assert made.returncode == 2
    assert f'COMPILE is yes or no, not "{answer}"' in made.stderr


@pytest.mark.parametrize(
    ("words", "interpreted", "shown"),
    [
        ((), None, ".compiled unset"),
        ((), "0", ".compiled 0"),
        ((), "1", "1"),
        (("COMPILE=no",), None, "1"),
        (("COMPILE=no",), "0", "1"),
        (("COMPILE=yes",), None, ".compiled unset"),
        (("COMPILE=yes",), "0", ".compiled 0"),
        (("COMPILE=yes",), "1", ".compiled unset"),
    ],
)
def test_what_is_given_on_the_command_line_overrules_the_environment(words, interpreted, shown):
    assert make("-sf-", "shown", *words, interpreted=interpreted, input=SHOWN).stdout.strip() == shown


def test_no_stamp_says_that_it_is_compiled():
    """A file's age does not tell what it holds: only the hash of the sources does."""
    lines = make("-n", ".compiled", "-o", ".venv/.ready").stdout.splitlines()
    assert lines == [".venv/bin/python -m authstorm.compiled"]


def test_one_pip_at_a_time():
    assert "\n.NOTPARALLEL:\n" in (ROOT / "Makefile").read_text("utf-8")
