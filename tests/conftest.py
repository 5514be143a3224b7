"""Locust comes first: it patches the standard library, and must do so before anything else imports ssl.

Tests run interpreted unless told otherwise, their processes too: many replace a function inside, which a compiled
module does not look up again.
"""

import locust  # noqa: F401

import os

os.environ.setdefault("AUTHSTORM_INTERPRETED", "1")
