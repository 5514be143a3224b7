"""A browser as far as signing in needs one: it follows redirects step by step, sends forms, and runs no script."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, urldefrag, urljoin, urlsplit

from authstorm.auth.endpoints import is_http_url
from authstorm.auth.form import encoded
from authstorm.auth.html_forms import Form
from authstorm.auth.journey import journey
from authstorm.auth.session import Answer, Session

MOST_REDIRECTS: Final = 20
"""As many as browsers follow before they speak of a loop."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_REPEATING: Final = frozenset({307, 308})
_ACCEPT: Final = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.5"}
_AS_THEY_ARE: Final = "%/:=&?~#+!$,;'@()*[]"


@dataclass(frozen=True, slots=True)
class Page:
    """Where the browser has come to.

    ``answer`` spans all exchanges since the click, ``url`` is where the last of them went. ``stopped`` is "" or the
    code of why it did not go on to ``onward``; ``returned`` is the redirect URI with what came back on it, "" on the
    way.
    """

    answer: Answer
    url: str
    stopped: str = ""
    onward: str = ""
    returned: str = ""


class Browser:
    """One person's browser. ``may_visit`` says whether a URL may be asked for at all.

    The redirect URI itself is never asked for: arriving there ends the way.
    """

    __slots__ = ("_may_visit", "_redirect_uri", "_session")

    def __init__(self, session: Session, redirect_uri: str, may_visit: Callable[[str], bool]) -> None:
        self._session = session
        self._redirect_uri = redirect_uri
        self._may_visit = may_visit

    def open(self, url: str) -> Page:
        """Go to a URL."""
        return self._go("GET", url, _ACCEPT, b"")

    def submit(self, page: Page, form: Form, pairs: Sequence[tuple[str, str]]) -> Page:
        """Send a form of a page, urlencoded, with these fields; where it leads nowhere, nothing is sent."""
        url = urldefrag(form.url).url
        if fault := self._fault(url):
            return Page(page.answer, page.url, fault, url)
        body = b"&".join(encoded(name) + b"=" + encoded(value) for name, value in pairs)
        if form.method == "GET":
            return self._go("GET", f"{url.partition('?')[0]}?{body.decode()}", _ACCEPT, b"")
        return self._go("POST", url, _posting(page.url, url), body)

    def _go(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Page:
        answers: list[Answer] = []
        while True:
            answer = self._session.send(method, url, headers, body)
            answers.append(answer)
            location = "" if answer.failure or answer.status not in _REDIRECTS else answer.header("location")
            if not location:
                return Page(journey(answers), url)
            onward = _onward(url, location)
            if leads_back(onward, self._redirect_uri):
                return Page(journey(answers), url, returned=onward)
            if fault := self._fault(onward) or ("redirect-loop" if len(answers) > MOST_REDIRECTS else ""):
                return Page(journey(answers), url, fault, onward)
            url = urldefrag(onward).url
            if answer.status not in _REPEATING:
                method, headers, body = "GET", _ACCEPT, b""

    def _fault(self, url: str) -> str:
        if not is_http_url(url):
            return "bad-location"
        return "" if self._may_visit(url) else "foreign-redirect"


def leads_back(url: str, redirect_uri: str) -> bool:
    """Whether a URL is the redirect URI with what the server added to its query or fragment (RFC 6749 4.1.2)."""
    own = redirect_uri.partition("?")[0]
    return url.startswith(own) and url[len(own) : len(own) + 1] in {"", "?", "#"}


def _onward(url: str, location: str) -> str:
    """The absolute URL of a redirect in ASCII; servers write UTF-8 where only ASCII may stand."""
    with suppress(UnicodeError):  # Latin-1 after all, or read as UTF-8 already
        location = location.encode("latin-1").decode("utf-8")
    try:
        return quote(urljoin(url, location), safe=_AS_THEY_ARE)
    except ValueError:  # an open bracket: it goes nowhere
        return location


def _posting(page_url: str, url: str) -> dict[str, str]:
    """The headers of a form: where it stood, as browsers say by default (strict-origin-when-cross-origin)."""
    origin = _origin(page_url)
    return {
        **_ACCEPT,
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": origin,
        "Referer": urldefrag(page_url).url if origin == _origin(url) else f"{origin}/",
    }


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
