"""What is missing is named before anything is tried."""

from pathlib import Path

import pytest

from authstorm.compiled.modules import MYPY, SETUPTOOLS
from authstorm.compiled.needs import machine_lacks, packages_lacking

HEADER = Path(__file__)  # a file that is there
CC = "/usr/bin/cc"


@pytest.mark.parametrize(
    ("gloss", "compiler", "header", "said"),
    [
        ("all is there", CC, HEADER, ""),
        ("no compiler", None, HEADER, "no C compiler (Debian: gcc python3-dev)"),
        ("no headers", CC, Path("/none/Python.h"), "no /none/Python.h (Debian: python3-dev)"),
    ],
)
def test_what_the_machine_lacks_is_named(gloss, compiler, header, said):
    assert machine_lacks(compiler, header) == said, gloss


@pytest.mark.parametrize(
    ("gloss", "mypy", "setuptools", "wanted"),
    [
        ("all is there", MYPY, "65.5.0", {}),
        ("no mypy", None, "65.5.0", {f"mypy {MYPY}": f"mypy=={MYPY}"}),
        ("another mypy", "1.0", "65.5.0", {f"mypy {MYPY}": f"mypy=={MYPY}"}),
        ("no setuptools", MYPY, None, {"setuptools": f"setuptools=={SETUPTOOLS}"}),
    ],
)
def test_packages_are_asked_for_in_one_version(gloss, mypy, setuptools, wanted):
    assert packages_lacking({"mypy": mypy, "setuptools": setuptools}) == wanted, gloss
