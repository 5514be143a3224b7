#!/usr/bin/env python3
"""What a real server does in a second on this machine: ``python tests/servers/rate.py oidc-provider [--hash real]``.

Starts the server on a free port and asks it over eight kept connections, five seconds for each kind of request; the
asking costs CPU as well, as it does in a rehearsal on one machine.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from statistics import quantiles
from urllib.parse import urlencode, urlsplit

from endpoints import OF
from real_server import RealServer, real_server

CONNECTIONS = 8
MEASURE_S = 5.0


class Asker:
    """One kept connection."""

    def __init__(self, server: RealServer, number: int) -> None:
        self.server = server
        self.paths = OF[server.name]
        self.users: Iterator[str] = (f"user{(number + n * CONNECTIONS) % 200:04d}" for n in count())
        self._connection = HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        self._tokens: dict[str, str] = {}

    def login(self) -> None:
        """A password grant, each time for another account."""
        fields = {"username": next(self.users), "password": self.server.password, "scope": self.paths.scope}
        self._tokens = self._post(self.paths.token, self.paths.password_client, grant_type="password", **fields)

    def refresh(self) -> None:
        """A refresh with the token of the one before."""
        token = self._tokens["refresh_token"]
        client = self.paths.password_client
        self._tokens = self._post(self.paths.token, client, grant_type="refresh_token", refresh_token=token)

    def introspect(self) -> None:
        """An introspection of the latest access token."""
        self._post(self.paths.introspection, self.paths.introspector, token=self._tokens["access_token"])

    def service(self) -> None:
        """A client-credentials grant."""
        self._post(self.paths.token, self.paths.service_client, grant_type="client_credentials")

    def _post(self, path: str, client: str, **fields: str) -> dict[str, str]:
        basic = b64encode(f"{client}:{self.server.client_secret}".encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
        self._connection.request("POST", path, urlencode(fields), headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path} answered {answer.status}: {body[:200]!r}")
        tokens: dict[str, str] = json.loads(body)
        return tokens


def main() -> None:
    """Print one line for each kind of request."""
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=OF)
    parser.add_argument("--hash", choices=("cheap", "real"), default="cheap")
    options = parser.parse_args()
    with real_server(options.name, "--hash", options.hash) as server, ThreadPoolExecutor(CONNECTIONS) as pool:
        askers = [Asker(server, number) for number in range(CONNECTIONS)]
        for verb in (Asker.login, Asker.refresh, Asker.introspect, Asker.service):
            report(f"{options.name} --hash {options.hash} {verb.__name__}", verb, askers, pool)


def report(title: str, verb: Callable[[Asker], None], askers: list[Asker], pool: ThreadPoolExecutor) -> None:
    """Measure and print one line."""
    began = time.perf_counter()
    took = [one for many in pool.map(lambda asker: repeat(verb, asker, began + MEASURE_S), askers) for one in many]
    rate = len(took) / (time.perf_counter() - began)
    cuts = quantiles(took, n=100, method="inclusive")
    sys.stdout.write(f"{title:50} {rate:7.1f}/s   p50 {cuts[49] * 1000:6.1f} ms   p99 {cuts[98] * 1000:6.1f} ms\n")


def repeat(verb: Callable[[Asker], None], asker: Asker, end: float) -> list[float]:
    """Ask until the end; return how long each took, in seconds."""
    took = []
    while (began := time.perf_counter()) < end:
        verb(asker)
        took.append(time.perf_counter() - began)
    return took


if __name__ == "__main__":
    main()
