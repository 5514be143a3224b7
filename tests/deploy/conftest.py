"""What is in deploy/, read as the tools that use it read it."""

from locust.argument_parser import get_empty_argument_parser, setup_parser_arguments

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from authstorm.drive.options import add_options

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


@pytest.fixture(scope="session")
def deploy():
    return DEPLOY


@pytest.fixture(scope="session")
def compose():
    """Makes the compose file with its variables filled in, as compose does before it looks at the rest."""

    def read(**variables):
        def fill(match):
            name, kind, word = match[1], match[2], match[3]
            if name in variables:
                return str(variables[name])
            assert kind != ":?", f"{name} must be given: {word}"
            return word or ""

        text = re.sub(r"\$\{(\w+)(?:(:-|:\?)([^}]*))?\}", fill, (DEPLOY / "compose.yaml").read_text("utf-8"))
        return yaml.safe_load(text)

    return read


@pytest.fixture(scope="session")
def options_of():
    """Reads arguments as locust itself does with our locustfile."""

    def read(arguments):
        parser = get_empty_argument_parser(default_config_files=[])
        setup_parser_arguments(parser)
        if "--spike-profile" not in parser.format_help():
            add_options(parser)
        return parser.parse_args(["-f", "locustfile.py", *map(str, arguments)])

    return read


@pytest.fixture(scope="session")
def example(tmp_path_factory):
    """The example overlay with secrets in it, as somebody has it who is about to apply it."""
    folder = tmp_path_factory.mktemp("kubernetes") / "kubernetes"
    shutil.copytree(DEPLOY / "kubernetes", folder)
    for name in ("token", "accounts-password", "client-secret"):
        (folder / "overlays/example/secrets" / name).write_text(f"the-{name}-of-a-test")
    return folder / "overlays/example"


@pytest.fixture(scope="session")
def built(example):
    """All that the example overlay makes, by kind and name without kustomize's hashes."""
    if shutil.which("kubectl") is None:
        pytest.skip("kubectl, which has kustomize in it, is not installed")
    done = subprocess.run(["kubectl", "kustomize", example], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "deprecated" not in done.stderr.lower()
    things = list(yaml.safe_load_all(done.stdout))
    return {(each["kind"], re.sub(r"-[a-z0-9]{10}$", "", each["metadata"]["name"])): each for each in things}
