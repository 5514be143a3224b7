"""A YAML file read with the line of every key, so that an error can name the place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from authstorm.errors import ConfigError, Problem

KeyPath = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The content of one file and the 1-based line of each key path in it."""

    source: str
    data: Any
    lines: Mapping[KeyPath, int]

    def line_of(self, path: KeyPath) -> int | None:
        """Line of a key, or of the nearest one above it; None for an empty file."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


_SURPRISES = {"tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp"}
DEEPEST, MOST_KEYS = 100, 100_000
"""Beyond them lies an alias that holds itself, or aliases of aliases, and no plan."""


class _Loader(yaml.SafeLoader):
    """SafeLoader without YAML 1.1's surprises: ``on`` and ``yes`` stay words, dates stay text."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """The value of a node; what Python cannot hold, as a number of ten thousand digits, is told with its line."""
        try:
            return super().construct_object(node, deep)
        except (ValueError, OverflowError) as error:
            raise yaml.constructor.ConstructorError(None, None, str(error), node.start_mark) from error


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _SURPRISES]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(?:true|false)$"), list("tf"))


def read_yaml(path: Path, shown_as: str | None = None) -> YamlFile:
    """Read one file; ConfigError names the line for broken YAML, a double key or an unreadable file."""
    source = shown_as or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(source, None, "file", f"cannot be read: {error}")]) from error
    return parse_yaml(text, source)


def parse_yaml(text: str, source: str) -> YamlFile:
    """Read YAML text; see ``read_yaml``."""
    loader: _Loader | None = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
        lines: dict[KeyPath, int] = {}
        problems: list[Problem] = []
        if node is not None:
            _note_lines(node, (), lines, source, problems)
        if problems:
            raise ConfigError(problems)
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = mark.line + 1 if mark else None
        right = "quote the value or mend the indentation"
        raise ConfigError([Problem(source, line, "yaml", str(error.problem), right)]) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        wrong = f"character {text[error.position]!r} cannot stand in YAML"
        raise ConfigError([Problem(source, line, "yaml", wrong, "remove it")]) from error
    except RecursionError as error:
        raise ConfigError([Problem(source, None, "yaml", "is nested too deeply", "write it flatter")]) from error
    finally:
        if loader is not None:
            loader.dispose()
    return YamlFile(source, data, lines)


def _note_lines(
    node: yaml.Node, path: KeyPath, lines: dict[KeyPath, int], source: str, problems: list[Problem]
) -> None:
    """Record the line of each key below a node, and each key that stands twice."""
    if len(path) > DEEPEST or len(lines) > MOST_KEYS:
        wrong = "is nested too deeply, or an alias holds itself" if len(path) > DEEPEST else "holds too many keys"
        raise ConfigError([Problem(source, node.start_mark.line + 1, "yaml", wrong, "write it out, and flatter")])
    lines.setdefault(path, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            if below in lines:
                problems.append(
                    Problem(
                        source,
                        key.start_mark.line + 1,
                        ".".join(map(str, below)),
                        f"stands twice, first in line {lines[below]}",
                        "keep one",
                    )
                )
            lines[below] = key.start_mark.line + 1
            _note_lines(value, below, lines, source, problems)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            _note_lines(value, (*path, index), lines, source, problems)
