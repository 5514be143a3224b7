"""Which chapter of the report a step belongs to: a login costs about eight refreshes, so they are never averaged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Chapter:
    """A part of the report for steps of one kind; ``words`` are what their names contain."""

    name: str
    title: str
    about: str
    words: tuple[str, ...]


CHAPTERS: Final = (
    Chapter(
        "guesses",
        "Guesses",
        "Sign-ins with a wrong password, which should be refused; good users' sign-ins are the chapter Login.",
        ("guess",),
    ),
    Chapter(
        "refresh",
        "Refresh",
        "A new access token for an old refresh token: one signature and a write, where rotation is on.",
        ("refresh",),
    ),
    Chapter(
        "validation",
        "Validation",
        "Is this token still good? Every page view asks, so this is the busiest and should be the fastest.",
        ("introspect", "userinfo", "validat", "verify", "protected", "whoami", "jwks"),
    ),
    Chapter(
        "login",
        "Login",
        "The dear one: a password hash is slow on purpose, and one login costs about as much as eight refreshes.",
        ("login", "authori", "password", "credential", "consent", "form", "code", "token", "sign-in", "mfa", "otp"),
    ),
    Chapter("other", "Other steps", "What is neither login nor refresh nor validation.", ()),
)
"""Every chapter; of those whose words a step's name contains, the first has it: ``refresh token`` is a refresh."""

READING_ORDER: Final = ("login", "refresh", "validation", "guesses", "other")
"""The order of chapters on the page."""


def chapter_of(step: str, chosen: Mapping[str, str]) -> str:
    """The chapter of a step: the ``chosen`` one, else by its name, else ``other``."""
    if step in chosen:
        return chosen[step]
    name = step.lower().replace("_", "-")
    return next((chapter.name for chapter in CHAPTERS if any(word in name for word in chapter.words)), "other")


def titled(name: str) -> Chapter:
    """The chapter of that name; one that is not built in gets its name as title."""
    known = {chapter.name: chapter for chapter in CHAPTERS}
    return known.get(name) or Chapter(name, name.replace("-", " ").capitalize(), "", ())
