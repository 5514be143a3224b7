"""Commands run in this process against a sandbox in a process of its own."""

import pytest
import yaml

from authstorm.__main__ import main
from tests.sandbox.running import PASSWORD, SECRET, Sandbox, start

CONFIDENTIAL = {"id": "storm", "secret": {"env": "SANDBOX_CLIENT_SECRET"}}
API = {"id": "storm-api", "secret": {"env": "SANDBOX_CLIENT_SECRET"}}


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory):
    """One for all tests of commands."""
    folder = tmp_path_factory.mktemp("sandbox")
    running = Sandbox(start(folder, "--port", "0", "--with-parent", "--accounts", "200"))
    yield running
    assert running.stop() == 0


@pytest.fixture
def secrets(monkeypatch, tmp_path):
    """The sandbox's secrets in the environment, and a folder to run in that holds no others."""
    monkeypatch.setenv("SANDBOX_PASSWORD", PASSWORD)
    monkeypatch.setenv("SANDBOX_CLIENT_SECRET", SECRET)
    monkeypatch.setenv("WRONG_SECRET", "not-the-right-secret")
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def describe(sandbox, tmp_path):
    """Write a target file for the sandbox, one line a key; a key that is None is left out. Gives its path."""

    def write(**changes):
        keys = {
            "name": "planted",
            "url": sandbox.url,
            "client": CONFIDENTIAL,
            "introspector": API,
            "scope": "openid offline_access",
            "accounts": {"pattern": "user{n:05d}@example.test", "count": 200, "password": {"env": "SANDBOX_PASSWORD"}},
        } | changes
        lines = [f"{key}: {flow(value)}" for key, value in keys.items() if value is not None]
        path = tmp_path / "planted.yaml"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def flow(value):
    """A value as it stands behind its key on one line."""
    text = yaml.safe_dump(value, default_flow_style=True, width=10_000)
    return text.strip().removesuffix("...").strip()


class Ran:
    """What a command left: exit code and what it said."""

    def __init__(self, code, out, err):
        self.code = code
        self.out = out
        self.err = err


@pytest.fixture
def run(capsys, secrets):
    """Run a command by its words."""

    def command(*words):
        code = main([str(word) for word in words])
        said = capsys.readouterr()
        return Ran(code, said.out, said.err)

    return command


def line_of(path, key):
    """The 1-based line of a top-level key."""
    lines = path.read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.startswith(f"{key}:"))
