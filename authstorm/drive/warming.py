"""Does before the load what takes long the first time alone, so that it holds nobody up in the middle of it."""

from __future__ import annotations

import inspect
from typing import Any


def warm(**_: Any) -> None:
    """Look at the stack, as Locust does when a run is stopped, before anything else.

    The first look goes through all modules and holds the loop for 150 ms: arrivals of a run that a rule ends would
    begin so much late, and the run would not be valid.
    """
    inspect.stack()
