"""A plain client for the tests of this folder: requests, no load, no code of the suite under test."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

import requests

from tests.servers.endpoints import OF
from tests.servers.real_server import RealServer

CALLBACK = "http://127.0.0.1:9/callback"


class Asking:
    """Asks one server; every answer is a ``requests.Response``, whatever its status."""

    def __init__(self, server: RealServer) -> None:
        self.server = server
        self.paths = OF[server.name]

    def token(self, client: str = "", secret: str = "", **fields: str) -> requests.Response:
        """A token request with basic authentication; the password client where none is named."""
        return self.post(self.paths.token, client or self.paths.password_client, secret, **fields)

    def login(self, user: str, password: str = "", **fields: str) -> requests.Response:
        """A password grant."""
        fields = {"scope": self.paths.scope} | fields
        return self.token(grant_type="password", username=user, password=password or self.server.password, **fields)

    def refresh(self, refresh_token: str) -> requests.Response:
        """A refresh."""
        return self.token(grant_type="refresh_token", refresh_token=refresh_token)

    def service(self) -> requests.Response:
        """A client-credentials grant."""
        return self.token(self.paths.service_client, grant_type="client_credentials")

    def introspect(self, token: str) -> requests.Response:
        """An introspection (RFC 7662)."""
        return self.post(self.paths.introspection, self.paths.introspector, token=token)

    def revoke(self, token: str) -> requests.Response:
        """A revocation (RFC 7009)."""
        return self.post(self.paths.revocation, self.paths.password_client, token=token)

    def userinfo(self, token: str) -> requests.Response:
        """A call with a bearer token."""
        return self.get(self.paths.userinfo, Authorization=f"Bearer {token}")

    def post(self, path: str, client: str, secret: str = "", **fields: str) -> requests.Response:
        """A form with basic authentication."""
        login = (client, secret or self.server.client_secret)
        return requests.post(self.server.url + path, data=fields, auth=login, allow_redirects=False, timeout=30)

    def get(self, path: str, **headers: str) -> requests.Response:
        """A plain GET."""
        return requests.get(self.server.url + path, headers=headers, allow_redirects=False, timeout=30)


class Browser:
    """A person's browser in the code flow with PKCE: follows redirects and sends forms until the callback."""

    def __init__(self, asking: Asking, client: str = "", **extra: str) -> None:
        self.asking = asking
        self.client = client or asking.paths.code_client
        self.verifier = secrets.token_urlsafe(40)
        self._jar = requests.Session()
        challenge = urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()
        self._asked = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": CALLBACK,
            "scope": asking.paths.scope,
            "state": secrets.token_urlsafe(12),
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **extra,
        }

    def open(self) -> requests.Response:
        """Open the authorization request; what comes is the first page, or the redirect to the callback."""
        return self._follow(
            self._jar.get(
                self.asking.server.url + self.asking.paths.authorization, params=self._asked, allow_redirects=False
            )
        )

    def submit(self, page: requests.Response, **fields: str) -> requests.Response:
        """Send the page's form with these fields beside its hidden ones."""
        form = Form.read(page.text)
        url = urljoin(page.url, form.action)
        sent = self._jar.post(url, data=form.hidden | fields, headers={"Referer": page.url}, allow_redirects=False)
        return self._follow(sent)

    def code_of(self, answer: requests.Response) -> str:
        """The code in the redirect to the callback."""
        query = parse_qs(urlsplit(answer.headers["Location"]).query)
        assert query["state"] == [self._asked["state"]]
        return query["code"][0]

    def exchange(self, code: str) -> requests.Response:
        """Turn the code into tokens, as a public client."""
        fields = {"client_id": self.client, "code_verifier": self.verifier, "redirect_uri": CALLBACK, "code": code}
        url = self.asking.server.url + self.asking.paths.token
        return requests.post(url, data={"grant_type": "authorization_code", **fields}, timeout=30)

    def _follow(self, answer: requests.Response) -> requests.Response:
        while answer.is_redirect and not answer.headers["Location"].startswith(CALLBACK):
            answer = self._jar.get(urljoin(answer.url, answer.headers["Location"]), allow_redirects=False)
        return answer


class Form(HTMLParser):
    """The one form of a page: where it goes and what it hides."""

    def __init__(self) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}

    @classmethod
    def read(cls, page: str) -> Form:
        """Read a page."""
        form = cls()
        form.feed(page)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the form and its hidden fields."""
        named: Mapping[str, str | None] = dict(attrs)
        if tag == "form":
            self.action = named.get("action") or ""
        if tag == "input" and named.get("type") == "hidden":
            self.hidden[named["name"] or ""] = named.get("value") or ""
