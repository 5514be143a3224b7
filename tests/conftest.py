"""Locust comes first: it patches the standard library, and must do so before anything else imports ssl."""

import locust  # noqa: F401
