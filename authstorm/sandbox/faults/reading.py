"""Reads the control document: JSON in, faults out, or every problem at once."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from authstorm.errors import ConfigError, Problem
from authstorm.sandbox.faults.admission_per_s import Admission
from authstorm.sandbox.faults.delay_ms import Delay
from authstorm.sandbox.faults.error_share import ErrorShare
from authstorm.sandbox.faults.fault import Fault
from authstorm.sandbox.faults.lockout_after import Lockout
from authstorm.sandbox.faults.open_one_in import OpenDoor
from authstorm.sandbox.faults.outage import Outage
from authstorm.sandbox.faults.swap_one_in import Swap

KINDS: dict[str, type[Fault]] = {
    kind.word: kind for kind in (Outage, Delay, ErrorShare, Admission, Swap, Lockout, OpenDoor)
}
SOURCE = "faults"
SHAPE = 'a JSON list with one object a fault, such as [{"delay_ms": 200}]'


def read_faults(text: bytes) -> tuple[Fault, ...]:
    """Read a JSON list of faults, one fault alone, or what GET gave out; raises ConfigError with every problem."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ConfigError([Problem(SOURCE, None, "body", f"no JSON: {error}", SHAPE)]) from error
    if isinstance(document, dict) and "faults" in document:
        document = document["faults"]
    entries = document if isinstance(document, list) else [document]
    faults: list[Fault] = []
    problems: list[Problem] = []
    for index, entry in enumerate(entries):
        try:
            faults.append(_read_one(entry))
        except ValidationError as error:
            problems += _explain(index, error, entry)
        except ConfigError as error:
            problems += [
                Problem(SOURCE, None, f"{index}.{p.key}".rstrip("."), p.wrong, p.right) for p in error.problems
            ]
    if problems:
        raise ConfigError(problems)
    return tuple(faults)


def _read_one(entry: Any) -> Fault:
    if not isinstance(entry, dict):
        raise ConfigError([Problem(SOURCE, None, "", f"{entry!r} is no object", SHAPE)])
    words = [key for key in entry if key in KINDS]
    if len(words) == 1:
        return KINDS[words[0]].model_validate({key: value for key, value in entry.items() if key != "hits"})
    if words:
        problem = Problem(SOURCE, None, " ".join(words), "several faults in one object", "one object for each")
        raise ConfigError([problem])
    settings = {"endpoints", "grants", "from_s", "for_s"}
    unknown = [key for key in entry if key not in settings]
    problems = [Problem(SOURCE, None, key, "is no fault", _nearest(key, KINDS)) for key in unknown]
    raise ConfigError(problems or [Problem(SOURCE, None, "", "no fault named", f"one of {', '.join(KINDS)}")])


def _explain(index: int, error: ValidationError, entry: dict[str, Any]) -> Iterator[Problem]:
    word = next(key for key in entry if key in KINDS)
    for found in error.errors():
        key = ".".join(str(part) for part in (index, *found["loc"]))
        given = found["input"]
        if found["type"] == "extra_forbidden":
            name = str(found["loc"][-1])
            yield Problem(SOURCE, None, key, f"is no setting of {word}", _nearest(name, KINDS[word].model_fields))
        elif found["type"] == "literal_error":
            allowed = [part.strip(" '") for part in found["ctx"]["expected"].replace(" or ", ", ").split(",")]
            yield Problem(SOURCE, None, key, f"{given!r} is not allowed", _nearest(str(given), allowed))
        else:
            yield Problem(SOURCE, None, key, f"{given!r}: {found['msg']}")


def _nearest(word: str, allowed: Iterable[str]) -> str:
    allowed = list(allowed)
    near = get_close_matches(word, allowed, n=1, cutoff=0.5)
    choice = f"one of {', '.join(allowed)}"
    return f"did you mean {near[0]}? {choice}" if near else choice
