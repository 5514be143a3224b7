"""A server's own words in an answer that is an error."""

from __future__ import annotations

from typing import Final

from authstorm.auth.body import read_error_object
from authstorm.auth.html_forms import read_words
from authstorm.auth.session import Answer

_LONGEST: Final = 200
_WORDS: Final = ("error_description", "errorMessage", "message", "detail", "error")
"""Where they stand: in OAuth, in Keycloak's admin API, in most others, in SCIM and problem details."""


def said(answer: Answer) -> str:
    """What the server says of an error, in JSON or on a page, on one short line; "" for nothing. Not redacted."""
    error = read_error_object(answer)
    told = next((error[key] for key in _WORDS if error.get(key)), "") if error else read_words(answer)
    return told[:_LONGEST] if isinstance(told, str) and told.isprintable() else ""
