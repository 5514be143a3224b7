"""One row of the table of hints: a cause and its remedy, and the steps and codes that it is for."""

from __future__ import annotations

from typing import Final, NamedTuple

ANY: Final = frozenset[str]()
REFUSED_AT_AUTHORIZATION: Final = frozenset({"invalid_request", "rejected", "invalid_client", "unauthorized_client"})
"""How a server answers an authorization request that it does not take, before anybody signs in or after that."""


class Hint(NamedTuple):
    """A cause and its remedy: ``keys`` are those to change, of which the first that stands in the file is named."""

    steps: tuple[str, ...]
    codes: frozenset[str]
    keys: tuple[str, ...]
    cause: str
    remedy: str
    of_api: bool = False
    """Whether it speaks of JSON login APIs alone."""

    def fits(self, step: str, code: str, *, is_api: bool = False) -> bool:
        """Whether the row speaks of this step and code; ``login`` also of ``login: page`` and its like."""
        right_step = not self.steps or any(step == one or step.startswith(f"{one}:") for one in self.steps)
        return right_step and (not self.codes or code in self.codes) and (is_api or not self.of_api)


def of(*codes: str) -> frozenset[str]:
    """The codes as a set."""
    return frozenset(codes)
