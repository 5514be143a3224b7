"""One answer in ten thousand goes to somebody else: found in fifty thousand steps, and nothing in clean ones.

The sandbox's own application and fault, and the clients of a run, without a network between them; the rehearsals of
``make test-long`` say the same with one.
"""

import json
from collections import Counter
from contextlib import suppress
from random import Random
from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest

from authstorm.auth.endpoints import Endpoints
from authstorm.auth.exchange import Identity
from authstorm.auth.outcome import Outcome
from authstorm.drive.auth_clients import client_makers
from authstorm.plan.secrets import Secret
from authstorm.plan.target import Target
from authstorm.sandbox.options import Options
from authstorm.sandbox.secrets_file import Secrets
from authstorm.sandbox.wiring import build
from tests.auth.fakes import FakeAnswer

URL = "http://127.0.0.1:9080"
SECRETS = {"SANDBOX_PASSWORD": "the-password", "SANDBOX_CLIENT_SECRET": "the-secret"}
PEOPLE = 200
ACTS = ("login", "refresh", *["validate"] * 8)
TARGET = {
    "name": "sandbox",
    "url": URL,
    "client": {"id": "storm", "secret": {"env": "SANDBOX_CLIENT_SECRET"}},
    "scope": "openid offline_access",
    "accounts": {
        "pattern": "user{n:05d}@example.test",
        "count": PEOPLE,
        "password": {"env": "SANDBOX_PASSWORD"},
    },
    "validation": {"by": "userinfo"},
}
ENDPOINTS = Endpoints(issuer=URL, token=f"{URL}/token", userinfo=f"{URL}/userinfo", jwks=f"{URL}/jwks")


class Direct:
    """A session that is the server's own event loop for the length of a request: nothing there ever waits."""

    def __init__(self, application):
        self.application = application

    def send(self, method, url, headers=None, body=b""):
        got = []
        fields = {name.lower(): value for name, value in (headers or {}).items()} | {"content-length": str(len(body))}
        way = urlsplit(url)
        scope = SimpleNamespace(
            method=method, path=way.path, query_string=way.query, headers=fields, client="127.0.0.1:9"
        )
        with suppress(StopIteration):
            self.application(scope, Protocol(body, got)).send(None)
        ((status, answered, content),) = got  # nothing where it waited after all
        return FakeAnswer(status, content, {name.lower(): value for name, value in answered})

    def forget(self):
        pass

    def close(self):
        pass


class Protocol:
    def __init__(self, body, got):
        self.body, self.got = body, got

    async def __call__(self):
        return self.body

    def response_bytes(self, status, headers, body):
        self.got.append((status, headers, body))


class Crowd:
    """People who sign in, refresh, and most often validate, in a random order; ``ended`` counts outcomes and codes."""

    def __init__(self, seed, *faults):
        self.application = build(Options(accounts=PEOPLE, hash_cost=2), Secrets(*SECRETS.values()), URL)
        self.session = Direct(self.application)
        self.ask("PUT", "faults", json.dumps(faults).encode())
        people, _ = client_makers(
            Target.model_validate(TARGET), ENDPOINTS, {name: Secret(value) for name, value in SECRETS.items()}
        )
        names = [f"user{number:05d}@example.test" for number in range(PEOPLE)]
        self.people = {Identity(name, SECRETS["SANDBOX_PASSWORD"]): people(self.session) for name in names}
        self.held = {}
        self.ended = Counter()
        self.random = Random(seed)

    def ask(self, method, what, body=b""):
        headers = {"content-type": "application/json", "host": "127.0.0.1:9080"}
        return json.loads(self.session.send(method, f"{URL}/control/{what}", headers, body).body)

    def take(self, steps):
        everybody = list(self.people.items())
        while self.ended.total() < steps:
            who, client = self.random.choice(everybody)
            tokens = self.held.get(who)
            act = self.random.choice(ACTS) if tokens else "login"
            if act == "validate":
                self.note(client.validate(tokens))
                continue
            self.held[who] = self.note(client.refresh(tokens) if act == "refresh" else client.login(who, "login"))

    def note(self, exchanges):
        """The last value; a signature of the sample may bring a fetch of keys before."""
        for exchange in exchanges:
            self.ended[exchange.reply.outcome, exchange.reply.code] += exchange.step != "jwks"
        return exchange.reply.value

    @property
    def wrong(self):
        return sum(count for (outcome, _), count in self.ended.items() if outcome is Outcome.WRONG)


def test_each_swap_among_fifty_thousand_steps_is_found():
    crowd = Crowd(7, {"swap_one_in": 10_000})
    crowd.take(50_000)
    (fault,) = crowd.application.control.planted.faults
    assert fault.hits == 5
    assert crowd.wrong == 5, crowd.ended


@pytest.mark.parametrize("seed", range(10))
def test_a_clean_run_knows_no_wrong_answer(seed):
    crowd = Crowd(seed)
    crowd.take(2_000)
    assert set(crowd.ended) == {(Outcome.GOOD, "ok")}
