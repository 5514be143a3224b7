"""The endpoint answers on its own port, gives way to the load, and lets a last scrape have the verdict."""

import socket
import time
from types import SimpleNamespace

import gevent
import pytest
import requests

from authstorm.errors import ConfigError
from authstorm.report.metrics_endpoint import MetricsEndpoint, open_endpoint

from .metering import measured


@pytest.fixture
def endpoint(storm):
    """Makes an endpoint; ``run`` is what it tells of, and how often it was asked."""
    made = []

    def make(over=False, last_scrape_s=5.0):
        run = SimpleNamespace(over=over, asked=0)

        def look():
            run.asked += 1
            return measured(storm, over=run.over)

        made.append(MetricsEndpoint("127.0.0.1", 0, look, last_scrape_s))
        run.endpoint = made[-1]
        run.url = f"http://127.0.0.1:{run.endpoint.port}"
        return run

    yield make
    for each in made:
        each.close()


def test_prometheus_is_answered_in_its_own_format(endpoint):
    answer = requests.get(f"{endpoint().url}/metrics", timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    assert 'authstorm_steps_total{outcome="good",step="login"}' in answer.text


def test_who_asks_for_openmetrics_gets_it(endpoint):
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    answer = requests.get(f"{endpoint().url}/metrics", headers=accept, timeout=5)
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/", 404), ("POST", "/metrics", 405)])
def test_nothing_else_is_there(endpoint, method, path, status):
    assert requests.request(method, endpoint().url + path, timeout=5).status_code == status


def test_who_asks_often_makes_no_more_work(endpoint):
    run = endpoint()
    pages = [requests.get(f"{run.url}/metrics", timeout=5).text for _ in range(5)]
    assert run.asked < len(pages)


def test_a_run_that_nobody_scraped_does_not_wait(endpoint):
    began = time.monotonic()
    endpoint(over=True, last_scrape_s=30.0).endpoint.wait_for_last_scrape()
    assert time.monotonic() - began < 10


def test_a_scraped_run_waits_for_a_scrape_with_its_verdict(endpoint):
    run = endpoint(last_scrape_s=30.0)
    assert "authstorm_exit_code" not in requests.get(f"{run.url}/metrics", timeout=5).text
    run.over = True
    waiting = gevent.spawn(run.endpoint.wait_for_last_scrape)
    gevent.sleep(0.6)  # a page is shown again for half a second
    assert not waiting.ready()
    assert "authstorm_exit_code" in requests.get(f"{run.url}/metrics", timeout=5).text
    waiting.join(10)
    assert waiting.ready()


def test_a_run_whose_prometheus_went_away_ends_all_the_same(endpoint):
    run = endpoint(last_scrape_s=0.05)
    requests.get(f"{run.url}/metrics", timeout=5)
    run.over = True
    waiting = gevent.spawn(run.endpoint.wait_for_last_scrape)
    waiting.join(10)
    assert waiting.ready()


def options(port, host="127.0.0.1"):
    return SimpleNamespace(metrics_port=port, metrics_host=host, metrics_wait=1.0)


def test_without_a_port_nothing_listens():
    assert open_endpoint(options(None), lambda: None) is None


def test_a_port_that_is_taken_is_told_before_the_run():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=f"--metrics-port: cannot listen on 127.0.0.1:{port}"):
            open_endpoint(options(port), lambda: None)
