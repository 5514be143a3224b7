"""Which modules are compiled, and how: the one list, read by who builds them and by who imports them."""

from __future__ import annotations

from typing import Final

MYPY: Final = "2.4.1"
"""The version of mypy whose mypyc compiles; that of requirements-dev.lock."""

SETUPTOOLS: Final = "84.2.1"
"""The version of setuptools to install where there is none; any version that is there already does."""

GROUP: Final = "authstorm_request_path"
"""What mypyc calls the one library that holds all of them."""

SETUP: Final = """\
import sys
from mypyc.build import mypycify
from setuptools import setup

files = open("modules.txt").read().split()
modules = mypycify(files, group_name=sys.argv.pop(1), opt_level="3", debug_level="0", multi_file=False)
setup(name="authstorm-request-path", packages=[], ext_modules=modules)
"""
"""The program that compiles: mypyc with its options."""

MYPY_INI: Final = """\
[mypy]
follow_imports = silent
ignore_missing_imports = true
plugins = pydantic.mypy
"""
"""Not as strict as ``make lint``: what only it needs, types of other packages, may be missing here."""

LIBRARY: Final = f"{GROUP}__mypyc"
"""That library as a module, which each of the others imports."""

_BY_PART: Final = {
    "auth": (
        "body", "checked_client", "claim_checks", "code_login", "exchange", "fault", "form", "issued_tokens",
        "json_answer", "json_client", "judge", "jwt_claims", "oauth", "oauth_client", "outcome", "promises",
        "renewal", "sampling", "session", "subjects", "token_checks", "tokens",
    ),
    "drive": ("attempts", "identities", "pacing", "repeating", "request_event", "run_clock", "steps", "traced_session"),
    "plan": ("hidden_values", "seen_tokens"),
    "watch": ("ear", "histogram", "noise", "refusals", "sample", "slowest", "tally", "window"),
    "wire": (
        "answer", "body", "clock", "connection", "deadlines", "exchange", "failure", "head", "parser", "pool",
        "session", "tls", "url", "waiting",
    ),
}  # fmt: skip

PARTS: Final = tuple(_BY_PART)
"""The parts that hold a compiled module: a change anywhere in them may change what the compiler makes."""

MODULES: Final = tuple(f"authstorm.{part}.{name}" for part, names in _BY_PART.items() for name in names)
"""Every compiled module by its full name."""
