"""From a target's name to what speaks to it: its file with the lines, its secrets, and the sandbox where it is that."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from authstorm.auth.exchange import Identity
from authstorm.drive.clients import NewSession, session_maker
from authstorm.drive.identities import identities_of
from authstorm.drive.partner import find_partner
from authstorm.drive.preflight import told_as_config
from authstorm.drive.secret_files import load_secret_files
from authstorm.errors import ConfigError, Problem
from authstorm.plan.places import key_path, located
from authstorm.plan.rehearsal import names_in, resolve_secrets
from authstorm.plan.secrets import Redactor, Secret
from authstorm.plan.strict import nearest
from authstorm.plan.target import Target, read_target
from authstorm.plan.yaml_file import YamlFile, read_yaml


@dataclass(frozen=True, slots=True)
class Approach:
    """A target that a command may speak to: what is in its file, and a way to make sessions with it."""

    file: YamlFile
    target: Target
    secrets: Mapping[str, Secret]
    redact: Redactor
    new_session: NewSession

    @property
    def identity(self) -> Identity:
        """The first account of the target."""
        first = identities_of(self.target, self.secrets, 0, self.target.accounts.count).lend()
        assert first is not None  # a target has one account at least
        return first

    @property
    def own_name(self) -> str:
        """The target's name, to call a file by; ConfigError for a copy with the name of its model, whose file it is."""
        name, stem = self.target.name, Path(self.file.source).stem
        if name != stem:
            wrong = f"{name!r} is the name of another file's target, and what is kept for that would be overwritten"
            raise ConfigError([self.problem("name", wrong, f"name: {stem}")])
        return name

    def place(self, key: str) -> str:
        """``file:line`` of a dotted key."""
        return f"{self.file.source}:{self.line_of(key)}"

    def line_of(self, key: str) -> int | None:
        """The line of a dotted key, or of the nearest one above it."""
        return self.file.line_of(key_path(key))

    def has(self, key: str) -> bool:
        """Whether a dotted key stands in the file."""
        return key_path(key) in self.file.lines

    def problem(self, key: str, wrong: str, right: str = "") -> Problem:
        """Something that is wrong at a key of the target's file."""
        return Problem(self.file.source, self.line_of(key), key, wrong, right)


@contextmanager
def approached(name: str, config: Path) -> Iterator[Approach]:
    """Read a target by name or path, find its secrets, and start the sandbox where the target is that.

    ConfigError has every problem with its line; the sandbox ends with the block.
    """
    path = find_file(name, config)
    target, file = read_target(path), read_yaml(path)
    load_secret_files()
    partner = find_partner(target, Path.cwd()) if target.sandbox is not None else None
    load_secret_files()  # once more: the sandbox writes its own when it starts for the first time
    try:
        if partner is not None and partner.url != target.url:
            target = target.model_copy(update={"url": partner.url, "issuer": ""})
        secrets = resolve_secrets(target)
        with told_as_config(target):
            new_session = session_maker("wire", target)
            new_session("own").close()  # it reads the certificates
        yield Approach(file, target, secrets, Redactor(secrets.values()), new_session)
    except ConfigError as error:
        raise type(error)(located(error.problems, {f"target {target.name}": path})) from error
    finally:
        if partner is not None:
            partner.close()


def find_file(name: str, config: Path) -> Path:
    """The file of a target by name, or the path itself; ConfigError with the nearest name when there is none."""
    is_path = name.endswith((".yaml", ".yml"))
    path = Path(name) if is_path else config / "targets" / f"{name}.yaml"
    if path.exists():
        return path
    known = names_in(config / "targets")
    right = nearest(name, known) if known and not is_path else ""
    raise ConfigError([Problem("--target", None, name, f"there is no {path}", right)])
