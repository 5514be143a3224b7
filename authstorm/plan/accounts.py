"""The accounts that a target offers to visitors."""

from __future__ import annotations

import re
from string import Formatter
from typing import Literal

from pydantic import ConfigDict, Field, field_validator, model_validator

from authstorm.plan.mistakes import KeyedError
from authstorm.plan.secrets import SecretName
from authstorm.plan.strict import Strict

_NUMBER_FORMAT = re.compile(r"(0?[0-9]{1,2})?[dxX]?")
"""What leaves two numbers two names, and short ones: rounding and padding by millions do not."""
MOST_ACCOUNTS = 10_000_000


class Accounts(Strict):
    """The accounts that visitors act as: by a pattern with a running number, or from a CSV file.

    ``count`` is how many there are; of a CSV file, ``read_target`` fills it in.
    """

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["pattern", "count", "password"]}, {"required": ["csv"]}]}
    )

    pattern: str | None = Field(None, description="as user{n:05d}@example.test")
    csv: str | None = Field(None, min_length=1, description="path of a file with the columns username and password")
    count: int = Field(0, ge=0, le=MOST_ACCOUNTS, description="how many; of a CSV file, all when left out")
    first: int = Field(0, ge=0, le=10**12, description="the pattern's first number")
    password: SecretName | None = Field(None, description="of every account that has none of its own in the CSV file")
    when_exhausted: Literal["stop", "recycle", "fail"] = Field(
        "stop", alias="when-exhausted", description="what a visitor does for whom no account is left"
    )

    @field_validator("pattern")
    @classmethod
    def _numbers(cls, pattern: str | None) -> str | None:
        if pattern is None:
            return None
        try:
            fields = [(name, spec, how) for _, name, spec, how in Formatter().parse(pattern) if name is not None]
        except ValueError as error:
            raise ValueError(f"{pattern!r} cannot be filled in: write the number as {{n}} or {{n:05d}}") from error
        if any(name != "n" or how or not _NUMBER_FORMAT.fullmatch(spec or "") for name, spec, how in fields):
            raise ValueError(f"{pattern!r} cannot be filled in: write the number as {{n}} or {{n:05d}}")
        names = {pattern.format(n=1), pattern.format(n=2)}
        if len(names) < 2:
            raise ValueError(
                f"{pattern!r} gives one name for every visitor: put {{n}} or {{n:05d}} where the number goes"
            )
        return pattern

    @model_validator(mode="after")
    def _one_source(self) -> Accounts:
        if (self.pattern is None) == (self.csv is None):
            raise ValueError("names accounts by pattern (with count and password) or by csv: one of both")
        if self.csv is not None and "first" in self.model_fields_set:
            raise KeyedError("first", "is a pattern's first number, and means nothing to a file: leave it out")
        if self.pattern is not None and (not self.count or self.password is None):
            missing = "count: how many there are" if not self.count else "password, as {env: STORM_PASSWORD}"
            raise ValueError(f"a pattern also needs {missing}")
        return self

    def numbers(self, share: int = 0, shares: int = 1) -> range:
        """The pattern's numbers of one of ``shares`` equal shares; no two shares have one in common."""
        return range(self.first + share, self.first + self.count, shares)

    def names(self, share: int = 0, shares: int = 1) -> list[str]:
        """The pattern's names of one of ``shares`` equal shares."""
        pattern = self.pattern or "{n}"
        return [pattern.format(n=n) for n in self.numbers(share, shares)]
