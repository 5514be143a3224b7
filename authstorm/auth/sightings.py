"""What a login saw where it could not go on, told once a run: names of fields and paths, never a value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final
from urllib.parse import urlsplit

from authstorm.auth.browser import Page
from authstorm.auth.html_forms import Form

_MOST_FORMS: Final = 5


class Sightings:
    """Keeps the first sight of each code for one run and tells it; ``tell`` gets the code and one line of text."""

    __slots__ = ("_tell", "seen")

    def __init__(self, tell: Callable[[str, str], None] = lambda code, text: None) -> None:  # noqa: ARG005
        self._tell = tell
        self.seen: dict[str, str] = {}

    def note(self, code: str, page: Page, forms: Sequence[Form] = ()) -> None:
        """A login ended on this page with this code; costs nothing the second time."""
        if code not in self.seen:
            self.seen[code] = text = sight(page, forms)
            self._tell(code, text)


def sight(page: Page, forms: Sequence[Form]) -> str:
    """One page in words."""
    where = f"{page.answer.status} from {_place(page.url)}"
    if page.onward:
        return f"{where}, which leads to {_place(page.onward)}"
    if page.returned:
        return f"{where}, which leads back to {_place(page.returned)}"
    kind = page.answer.header("content-type").partition(";")[0].strip()[:40] or "no content type"
    if not forms:
        return f"{where} ({ascii(kind)[1:-1]}, {len(page.answer.body)} bytes), without any form that can be read"
    shown = "; ".join(repr(form) for form in forms[:_MOST_FORMS])
    return f"{where}; its forms: {shown}" + (
        f"; and {len(forms) - _MOST_FORMS} more" if len(forms) > _MOST_FORMS else ""
    )


def _place(url: str) -> str:
    """A URL without its query and without what could break a line."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "what is no URL"
    return ascii(f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"[:160])[1:-1]
