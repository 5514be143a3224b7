"""Strict models: unknown keys are errors, and every pydantic error becomes a Problem with line and nearest word."""

from __future__ import annotations

import types
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Tag, ValidationError

from authstorm.errors import ConfigError, Problem
from authstorm.plan.mistakes import KeyedError, in_words
from authstorm.plan.yaml_file import KeyPath, YamlFile

KIND = "kind:"
"""Prefix of union tags, so that they can be told from keys of the file."""


class Strict(BaseModel):
    """Base of everything that is read from YAML."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, arbitrary_types_allowed=True, allow_inf_nan=False
    )


M = TypeVar("M", bound=BaseModel)


def nearest(word: str, allowed: list[str]) -> str:
    """A hint that names the nearest allowed word, or all of them when none is near."""
    close = get_close_matches(word, allowed, 1, 0.6)
    return f"did you mean {close[0]!r}?" if close else f"allowed: {', '.join(sorted(allowed))}"


def read_model(file: YamlFile, model: type[M]) -> M:
    """Validate a file's content as a model; ConfigError carries every problem in the order of the file."""
    if not isinstance(file.data, dict):
        raise ConfigError([Problem(file.source, 1, "file", "holds no keys", "write key: value lines")])
    try:
        return model.model_validate(file.data)
    except ValidationError as error:
        problems = [_problem(file, model, detail) for detail in error.errors(include_url=False)]
        raise ConfigError(sorted(problems, key=lambda problem: problem.line or 0)) from error


def _problem(file: YamlFile, model: type[BaseModel], error: Any) -> Problem:
    """One pydantic error in the words of the file."""
    path: KeyPath = tuple(part for part in error["loc"] if not str(part).startswith(KIND) and part != "[key]")
    key = ".".join(map(str, path)) or "file"
    line = file.line_of(path)
    if error["type"] == "extra_forbidden":
        return Problem(
            file.source, line, key, "unknown key", nearest(str(path[-1]), list(_fields(model, error["loc"][:-1])))
        )
    if error["type"] == "missing":
        return Problem(file.source, line, key, "is missing")
    if error["type"] in {"literal_error", "enum"}:
        allowed = [word.strip("' ") for word in error["ctx"]["expected"].replace(" or ", ", ").split(",")]
        return Problem(
            file.source, line, key, f"{error['input']!r} is not known", nearest(str(error["input"]), allowed)
        )
    if error["type"] == "value_error":
        return _own_problem(file, path, error["ctx"]["error"])
    return Problem(file.source, line, key, *in_words(error))


def _own_problem(file: YamlFile, path: KeyPath, error: ValueError) -> Problem:
    """What one of our own checks has found, at the key that it speaks of."""
    path = (*path, error.key) if isinstance(error, KeyedError) else path
    return Problem(file.source, file.line_of(path), ".".join(map(str, path)) or "file", str(error))


def _fields(model: Any, loc: tuple[str | int, ...]) -> Iterator[str]:
    """The keys allowed at a place inside a model."""
    kind = _descend(model, loc)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield from (field.alias or name for name, field in kind.model_fields.items())


def _descend(kind: Any, loc: tuple[str | int, ...]) -> Any:
    """The type that stands at a place inside a type."""
    if get_origin(kind) is Annotated:
        return _descend(get_args(kind)[0], loc)
    if get_origin(kind) in {Union, types.UnionType}:
        return _descend_union(kind, loc)
    if not loc:
        return kind
    if get_origin(kind) in {list, tuple, dict}:
        return _descend(get_args(kind)[-1 if get_origin(kind) is dict else 0], loc[1:])
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            if loc[0] in {name, field.alias}:
                return _descend(field.annotation, loc[1:])
    return None


def _descend_union(kind: Any, loc: tuple[str | int, ...]) -> Any:
    """Follow the member whose tag, or whose class name, the location names; else the first model."""
    for member in get_args(kind):
        tags = [meta.tag for meta in get_args(member)[1:] if isinstance(meta, Tag)]
        if loc and (loc[0] in tags or loc[0] == getattr(member, "__name__", None)):
            return _descend(member, loc[1:])
    models = [member for member in get_args(kind) if isinstance(member, type) and issubclass(member, BaseModel)]
    return _descend(models[0], loc) if models else None
