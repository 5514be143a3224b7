"""A package as the compiler sees it, and a folder that looks as if it had been compiled."""

import shutil
from pathlib import Path

import pytest

from authstorm.compiled.modules import LIBRARY, MODULES
from authstorm.compiled.place import SIZES, file_of, sizes_of

ROOT = Path(__file__).parents[2]


@pytest.fixture
def package(tmp_path):
    """A copy of the package, to be edited."""
    return shutil.copytree(ROOT / "authstorm", tmp_path / "authstorm", ignore=shutil.ignore_patterns("__pycache__"))


def fill(folder):
    """Put a file for each compiled module, which looks like one from outside, and the sizes."""
    fill_modules(folder)
    (folder / SIZES).write_bytes(sizes_of(folder))
    return folder


def fill_modules(folder):
    for module in (LIBRARY, *MODULES):
        path = folder / file_of(module)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"no binary")
