"""A visitor's cookies: ``http.cookiejar`` with the limits that browsers have (RFC 6265)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from email.message import Message
from http.cookiejar import Cookie, CookieJar, DefaultCookiePolicy
from typing import Any, Final, cast
from urllib.parse import urlsplit
from urllib.request import Request

from authstorm.plan.web_address import is_loopback

_BYTES_MAX: Final = 4096  # name and value of one cookie (RFC 6265 section 6.1, and what browsers keep)
_COOKIES_MAX: Final = 180  # of one jar, which serves one visit to one or a few sites


class BrowserPolicy(DefaultCookiePolicy):
    """RFC 6265 for the rest; no cookie beyond the size that browsers keep, and Secure ones over http to loopback alone.

    Browsers take http on loopback for secure, and servers count on it: Keycloak sets nothing but Secure cookies there.
    """

    def __init__(self) -> None:
        # without Domain a cookie is for its host alone (RFC 6265 section 5.3), for which this module has a word
        super().__init__(strict_ns_domain=self.DomainStrictNonDomain)

    def return_ok_secure(self, cookie: Cookie, request: Request) -> bool:
        """Whether a Secure cookie may go with a request; any other may."""
        return not cookie.secure or request.type in {"https", "wss"} or _stays_here(request.get_full_url())

    def set_ok(self, cookie: Cookie, request: Request) -> bool:
        """Whether a cookie is kept at all."""
        if len(cookie.name) + len(cookie.value or "") > _BYTES_MAX:
            return False
        return super().set_ok(cookie, request)


class Cookies:
    """Domain, path, expiry and Secure rules for the cookies of one visitor; HttpOnly hides them from scripts alone.

    At most 180 cookies are kept; the oldest give way.
    """

    __slots__ = ("jar",)

    def __init__(self) -> None:
        self.jar = CookieJar(BrowserPolicy())

    def added_to(self, headers: Mapping[str, str], url: str) -> Mapping[str, str]:
        """The headers of a request to ``url`` with the cookies that belong there, behind any given by hand."""
        kept = self.header(url)
        if not kept:
            return headers
        given = {name: value for name, value in headers.items() if name.lower() == "cookie"}
        others = {name: value for name, value in headers.items() if name not in given}
        return {**others, "Cookie": "; ".join([*given.values(), kept])}

    def header(self, url: str) -> str:
        """What goes into the Cookie field of a request to ``url``; "" when nothing does."""
        if not len(self.jar):
            return ""
        request = Request(url)  # noqa: S310 - nothing is opened, it only says where the request goes
        self.jar.add_cookie_header(request)
        return request.get_header("Cookie") or ""

    def keep(self, url: str, raw_headers: Iterable[tuple[bytes, bytes]]) -> None:
        """Take in what an answer from ``url`` sets."""
        values = [value for name, value in raw_headers if len(name) == 10 and name.lower() == b"set-cookie"]
        if not values:
            return
        fields = Message()
        for value in values:
            fields["Set-Cookie"] = value.decode("latin-1")
        self.jar.extract_cookies(cast("Any", _Fields(fields)), Request(url))  # noqa: S310 - see above
        self._drop_oldest()

    def clear(self) -> None:
        """Forget all, as somebody new."""
        self.jar.clear()

    def __len__(self) -> int:
        return len(self.jar)

    def _drop_oldest(self) -> None:
        for cookie in list(self.jar)[: max(0, len(self.jar) - _COOKIES_MAX)]:
            self.jar.clear(cookie.domain, cookie.path, cookie.name)


def _stays_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return is_loopback(host) or host.endswith(".localhost")


class _Fields:
    """The one method of an answer that the jar asks for."""

    def __init__(self, fields: Message) -> None:
        self._fields = fields

    def info(self) -> Message:
        return self._fields
