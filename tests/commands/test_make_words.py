"""A setting of make that is misspelt ends the word before anything is loaded, and every documented one is known."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("config/**/*.yaml")]


def make(*words):
    alone = {
        name: text for name, text in os.environ.items() if not name.startswith("MAKE")
    }  # these tests may run by make
    return subprocess.run(["make", "-n", *words], cwd=ROOT, env=alone, capture_output=True, text=True, check=False)


def documented():
    """Every setting that a page gives to a word of make."""
    commands = re.findall(
        r"\bmake [a-z-]+((?: [A-Z_]+=[^ `\n]*)+)", "\n".join(page.read_text("utf-8") for page in PAGES)
    )
    return {name for told in commands for name in re.findall(r"([A-Z_]+)=", told)}


@pytest.mark.parametrize("word", ["spike", "plan", "rehearse", "tokens"])
def test_a_misspelt_setting_is_named_and_nothing_is_run(word):
    ended = make(word, "PROFIL=smoke")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "there is no setting PROFIL; there are" in ended.stderr
    assert " PROFILE " in ended.stderr


def test_every_documented_setting_is_known():
    names = documented()
    assert len(names) > 15
    ended = make("help", *(f"{name}=1" for name in names))
    assert "there is no setting" not in ended.stderr
