"""Where Prometheus asks: a small server in greenlets of its own, which gives way to the load all the time.

It is off unless a port was given, and listens on loopback unless told otherwise. It has no secrets to tell: see
``authstorm.report.metrics`` for what stands in its page.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from math import inf
from typing import Any, Final

import gevent
from gevent.event import Event
from gevent.lock import BoundedSemaphore
from gevent.pool import Pool
from gevent.pywsgi import WSGIServer
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from authstorm.errors import ConfigError, Problem
from authstorm.report.measured import Measured
from authstorm.report.metrics import RunMetrics

KEPT_S: Final = 0.5
"""A page is shown again when it is no older: windows change once a second, and askers cannot make more work."""
CONNECTIONS: Final = 32


class MetricsEndpoint:
    """One a process; ``close`` gives the port back."""

    def __init__(self, host: str, port: int, measured: Callable[[], Measured | None], last_scrape_s: float) -> None:
        self._measured = measured
        self._last_scrape_s = last_scrape_s
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(RunMetrics(self._look, lambda: gevent.sleep(0)))
        self._pages: dict[str, tuple[float, bool, bytes]] = {}
        self._tells_end = False
        self._one_at_a_time = BoundedSemaphore(1)
        self._scraped = False
        self._last_scrape = Event()
        self._server = WSGIServer((host, port), self._answer, log=None, error_log=None, spawn=Pool(CONNECTIONS))
        self._server.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    def wait_for_last_scrape(self) -> None:
        """Where anybody asks for metrics at all, wait until somebody has asked since the run was over.

        A process that ends between two scrapes would keep its last seconds and its verdict to itself.
        """
        if self._scraped:
            self._last_scrape.wait(self._last_scrape_s)

    def close(self) -> None:
        """Stop listening."""
        self._server.stop(timeout=0)

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if path != "/metrics":
            start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"The metrics are at /metrics.\n"]
        if method != "GET":
            start_response("405 Method Not Allowed", [("Allow", "GET")])
            return [b""]
        encode, content_type = choose_encoder(environ.get("HTTP_ACCEPT", ""))
        with self._one_at_a_time:
            tells_end, page = self._page(content_type, encode)
        start_response("200 OK", [("Content-Type", content_type), ("Content-Length", str(len(page)))])
        self._scraped = True
        if tells_end:
            # the answer is to be on its way before a process that waits for this goes on to end
            gevent.spawn_later(0.2, self._last_scrape.set)
        return [page]

    def _page(self, content_type: str, encode: Callable[[CollectorRegistry], bytes]) -> tuple[bool, bytes]:
        """Whether the page in a format tells of the end of the run, and the page."""
        made_at, tells_end, page = self._pages.get(content_type, (-inf, False, b""))
        now = time.monotonic()
        if now - made_at > KEPT_S:
            page, tells_end = encode(self._registry), self._tells_end
            self._pages[content_type] = (now, tells_end, page)
        return tells_end, page

    def _look(self) -> Measured | None:
        run = self._measured()
        self._tells_end = run is not None and run.over
        return run


def open_endpoint(options: Any, measured: Callable[[], Measured | None]) -> MetricsEndpoint | None:
    """Listen where the options say; None where they name no port. ConfigError when the port is not to be had."""
    if options.metrics_port is None:
        return None
    host, port = options.metrics_host, options.metrics_port
    try:
        return MetricsEndpoint(host, port, measured, options.metrics_wait)
    except OSError as error:
        wrong = f"cannot listen on {host}:{port}: {error.strerror or error}"
        raise ConfigError([Problem("arguments", None, "--metrics-port", wrong, "name a port that is free")]) from error
