"""The layout's promises: which part may import which, and how large and how named a module may be."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PARTS = ("compiled", "plan", "auth", "wire", "drive", "watch", "report", "room", "sandbox", "commands")
MAY_IMPORT = {
    "errors": set(),
    "compiled": set(),
    "plan": {"errors"},
    "auth": {"plan", "errors"},
    "wire": {"plan", "errors"},
    "drive": {"auth", "wire", "plan", "compiled", "errors"},
    "watch": {"plan", "errors"},
    "report": {"watch", "plan", "errors"},
    "room": {"report", "watch", "plan", "errors"},
    "sandbox": {"errors"},
    "commands": {"drive", "auth", "wire", "plan", "report", "errors"},
    "scenarios": {"drive"},
}
LOCUST_ALLOWED = (
    "authstorm/drive/",
    "authstorm/watch/recorder.py",
    "authstorm/watch/locust_statistics.py",
    "authstorm/report/locust_files.py",
    "scenarios/",
)
FLASK_ALLOWED = tuple(f"authstorm/room/{name}.py" for name in ("guard", "login", "pages", "locust_pages"))
SAY_NOTHING = {"utils", "util", "helpers", "helper", "common", "core", "base", "manager", "misc"}
BROUGHT = {"certifi", "cryptography", "markupsafe", "pydantic_core", "urllib3"}  # by requests, joserfc, jinja2 ...


def modules():
    return sorted([*ROOT.glob("authstorm/**/*.py"), *ROOT.glob("scenarios/*.py")])


def part_of(path):
    inside = path.relative_to(ROOT).parts
    return inside[0] if inside[0] == "scenarios" else inside[1].removesuffix(".py")


def imports(path):
    """Every imported module; those for type checking alone count for our own parts, but bring no locust in."""
    tree = ast.parse(path.read_text("utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            yield name, id(node) in typing_only


def named(paths):
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("path", named(modules()))
def test_imports_run_one_way(path):
    part = part_of(path)
    if part in {"__init__", "__main__"}:
        return
    ours = {name.split(".")[1] for name, _ in imports(path) if name.startswith("authstorm.")}
    assert ours <= MAY_IMPORT[part] | {part}


@pytest.mark.parametrize("path", named(modules()))
def test_locust_is_imported_in_few_places_only(path):
    inside = str(path.relative_to(ROOT))
    with_locust = [name for name, typing_only in imports(path) if name.split(".")[0] == "locust" and not typing_only]
    assert not with_locust or inside.startswith(LOCUST_ALLOWED)


@pytest.mark.parametrize("path", named(modules()))
def test_flask_is_imported_where_pages_are_served_only(path):
    with_flask = [name for name, _ in imports(path) if name.split(".")[0] in {"flask", "flask_login", "werkzeug"}]
    assert not with_flask or str(path.relative_to(ROOT)) in FLASK_ALLOWED


@pytest.mark.parametrize("part", PARTS)
def test_no_folder_is_under_three_modules(part):
    assert len([path for path in (ROOT / "authstorm" / part).glob("*.py") if path.name != "__init__.py"]) >= 3


@pytest.mark.parametrize("path", named(modules()))
def test_a_module_is_named_for_what_it_holds_and_stays_readable(path):
    assert path.stem not in SAY_NOTHING
    assert len(path.read_text("utf-8").splitlines()) <= 300


def test_the_wiring_is_readable_in_a_minute():
    assert len((ROOT / "locustfile.py").read_text("utf-8").splitlines()) < 60


@pytest.mark.parametrize("path", named(path for path in ROOT.glob("scenarios/*.py") if path.stem != "__init__"))
def test_a_scenario_is_verbs_only(path):
    lines = [line for line in path.read_text("utf-8").splitlines() if line.strip()]
    assert len(lines) <= 40


def test_whatever_is_imported_is_named_among_the_requirements():
    """What only another package brings today may be gone with its next version."""
    lines = [line for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines() if not line.startswith("#")]
    named_there = {re.match(r"[\w.-]+", line)[0].lower() for line in lines}
    bringers = packages_distributions()
    roots = {name.split(".")[0] for path in modules() for name, _ in imports(path)} - set(sys.stdlib_module_names)
    unnamed = {
        root
        for root in roots & bringers.keys()
        if not named_there & {name.lower().replace("_", "-") for name in bringers[root]}
    }
    assert unnamed - BROUGHT == set()
    assert roots - bringers.keys() <= {"authstorm", "scenarios", ""}
