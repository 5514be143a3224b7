"""What stands in the list can be compiled, and the list is one whole: nothing interpreted builds on its classes."""

import ast
from pathlib import Path

import pytest

from authstorm.compiled.modules import LIBRARY, MODULES, MYPY

ROOT = Path(__file__).parents[2]
BUILTINS = {"str", "int", "float", "bytes", "dict", "list", "tuple", "set", "frozenset"}


def path_of(module):
    return ROOT / f"{module.replace('.', '/')}.py"


def classes(path):
    """Every class of a file as name, where its bases come from, and decorators."""
    tree = ast.parse(path.read_text("utf-8"))
    origin = {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base).partition("[")[0] for base in node.bases]
            yield (
                node.name,
                [(base, origin.get(base, "")) for base in bases],
                list(map(ast.unparse, node.decorator_list)),
            )


@pytest.mark.parametrize("module", MODULES)
def test_each_is_there_and_keeps_to_what_compiles(module):
    for name, bases, decorators in classes(path_of(module)):
        assert not BUILTINS & {base for base, _ in bases}, f"{name}: no subclass of a built-in type is compiled"
        assert "runtime_checkable" not in decorators, f"{name}: protocols are not asked with isinstance"


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem) for path in sorted(ROOT.glob("authstorm/**/*.py"))])
def test_no_interpreted_class_inherits_from_a_compiled_one(path):
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    if module not in MODULES:
        assert [(name, base) for name, bases, _ in classes(path) for base in bases if base[1] in MODULES] == []


def test_the_compiler_is_that_of_the_lock():
    assert f"\nmypy=={MYPY}\n" in (ROOT / "requirements-dev.lock").read_text("utf-8")


def test_no_module_stands_there_twice():
    assert len({LIBRARY, *MODULES}) == len(MODULES) + 1
