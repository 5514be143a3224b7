"""A sandbox in a process of its own, and what a client of it does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from base64 import urlsafe_b64encode
from hashlib import sha256
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests

ROOT = Path(__file__).parents[2]
PASSWORD = "correct horse+battery&staple"  # what a form has to encode
SECRET = "s%3A e+c:r/ä"
CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = urlsafe_b64encode(sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
TIMEOUT_S = 10


def user(number):
    return f"user{number:05d}@example.test"


def start(folder, *arguments, **environment):
    """Start a sandbox; the caller reads ``stdout`` for the line that says it is ready."""
    known = {**os.environ, "PYTHONPATH": str(ROOT), "SANDBOX_PASSWORD": PASSWORD, "SANDBOX_CLIENT_SECRET": SECRET}
    return subprocess.Popen(
        [sys.executable, "-m", "authstorm.sandbox", *arguments],
        cwd=folder,
        env={name: value for name, value in (known | environment).items() if value is not None},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Sandbox:
    """A started sandbox that is ready."""

    def __init__(self, process):
        self.process = process
        words = process.stdout.readline().split()
        assert words[:2] == ["sandbox", "ready"], process.stderr.read()
        self.url, self.pid = words[2], int(words[4])
        self.http = requests.Session()

    def stop(self, number=signal.SIGTERM):
        """Send a signal and wait; returns the exit code."""
        self.process.send_signal(number)
        code = self.process.wait(5)
        self.http.close()
        self.process.stdout.close()
        self.process.stderr.close()
        return code

    def post(self, path, client="storm", secret=SECRET, **form):
        """A form request of a client that proves itself by HTTP Basic, or of nobody (``client`` None)."""
        headers = {} if client is None else basic(client, secret)
        return self.http.post(f"{self.url}{path}", data=form, headers=headers, timeout=TIMEOUT_S)

    def token(self, grant_type, **form):
        return self.post("/token", grant_type=grant_type, **form)

    def log_in(self, number=0, scope="openid profile email", **form):
        """The token set of a password grant."""
        answer = self.token("password", username=user(number), password=PASSWORD, scope=scope, **form)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refresh(self, tokens, **form):
        return self.token("refresh_token", refresh_token=tokens["refresh_token"], **form)

    def introspect(self, token, **form):
        return self.post("/introspect", client="storm-api", token=token, **form).json()

    def active(self, token):
        return self.introspect(token)["active"]

    def userinfo(self, token):
        return self.http.get(f"{self.url}/userinfo", headers={"Authorization": f"Bearer {token}"}, timeout=TIMEOUT_S)

    def control(self, method, what, document=None, **options):
        return self.http.request(method, f"{self.url}/control/{what}", json=document, timeout=TIMEOUT_S, **options)

    def counts(self):
        return self.control("GET", "counts").json()

    def count(self, endpoint, status, grant=""):
        """How often an endpoint gave an answer of that status since the counts were cleared."""
        rows = self.counts()["requests"]
        return sum(
            row["count"] for row in rows if (row["endpoint"], row["status"], row["grant"]) == (endpoint, status, grant)
        )


class Browser:
    """Somebody with cookies at the login form."""

    def __init__(self, sandbox, client_id="storm-public", **parameters):
        self.sandbox = sandbox
        self.http = requests.Session()
        asked = {"response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK, "scope": "openid"}
        self.asked = asked | {"state": "a&b c", "nonce": "n-1"} | parameters

    def open(self, **parameters):
        """Go to the authorization endpoint; a parameter that is None is left out."""
        asked = {name: value for name, value in (self.asked | parameters).items() if value is not None}
        return self.http.get(f"{self.sandbox.url}/authorize", params=asked, allow_redirects=False, timeout=TIMEOUT_S)

    def submit(self, page, number=0, password=PASSWORD, csrf=None):
        """Fill in the form of a page and send it."""
        action = unescape(re.search(r'action="([^"]*)"', page.text)[1])
        hidden = re.search(r'name="csrf_token" value="([^"]*)"', page.text)[1] if csrf is None else csrf
        form = {"csrf_token": hidden, "username": user(number), "password": password}
        return self.http.post(f"{self.sandbox.url}{action}", data=form, allow_redirects=False, timeout=TIMEOUT_S)

    def code(self, number=0):
        """Sign in and return the code that the redirect carries."""
        return returned(self.submit(self.open(), number))["code"]


def basic(client, secret):
    """An Authorization header by RFC 6749 section 2.3.1, both halves form-encoded."""
    pair = requests.models.RequestEncodingMixin._encode_params({client: secret}).replace("=", ":", 1)
    return {"Authorization": requests.auth._basic_auth_str(*pair.split(":", 1))}


def returned(answer):
    """The parameters that a redirect to the client carries."""
    assert answer.status_code == 302, answer.text
    location = answer.headers["Location"]
    assert location.startswith(f"{CALLBACK}?")
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
