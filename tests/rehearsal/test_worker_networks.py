"""Three workers in networks of their own, 20 ms away by each way and with every hundredth packet lost."""

import secrets
import socket
import threading
import time

import pytest

from .conftest import target_of
from .many import SERVICE, made_in, target_count
from .networks import Networks, available
from .test_secrets import endpoints_of
from .test_worker_faults import finding

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not available(), reason="network namespaces need root, /dev/net/tun and ip (Debian: iproute2)"),
]
TOKEN = {"AUTHSTORM_TOKEN": secrets.token_urlsafe(24)}


class Doorway:
    """Makes the sandbox, which listens on loopback alone, reachable on another address of this machine."""

    def __init__(self, host, url):
        name, _, port = url.removeprefix("http://").partition(":")
        self.server = (name, int(port))
        self.listener = socket.create_server((host, 0), backlog=500)
        self.url = f"http://{host}:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(self.server)
            for source, sink in ((near, far), (far, near)):
                sink.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self.hand_on, args=(source, sink), daemon=True).start()

    def hand_on(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            source.close()
            sink.close()


@pytest.fixture
def far_away(many, sandbox):
    """Makes a run whose workers are far away; gives its processes and its networks."""
    made = []

    def make(profile=SERVICE, delay_ms=20, loss=0.01):
        networks = Networks(3, delay_ms, loss)
        made.append(networks)
        door = Doorway(networks.host, sandbox.url)
        made.append(door.listener)
        target = target_of(sandbox, url=door.url, discovery=False, endpoints=endpoints_of(sandbox))
        crew = many(profile, target | {"allow": [networks.host]})
        crew.start_master(3, environ=TOKEN, host=networks.host)
        for number in range(3):
            crew.start_worker(environ=TOKEN, host=networks.host, prefix=networks.inside(number))
        return crew, networks

    yield make
    for each in made:
        each.close()


def test_every_planned_arrival_is_started_or_dropped_and_the_target_saw_the_same(far_away, sandbox):
    crew, _ = far_away()
    run = crew.finish()
    generator = run.json()["generator"]
    assert generator["offered"] == 1680, run.output
    assert generator["started"] + generator["dropped"] == 1680
    assert run.json()["run"]["workers_lost"] == []
    assert run.counts()["service"] == generator["started"] == target_count(sandbox)


def test_a_worker_that_is_cut_off_stops_and_the_others_take_over_within_five_seconds(far_away, sandbox):
    crew, networks = far_away(delay_ms=0, loss=0)
    crew.run_until(10)
    began = time.monotonic()
    networks.cut(0)
    cut_off = crew.workers[0]
    cut_off.wait_for("heartbeat from master", 10)
    assert time.monotonic() - began < 8
    crew.run_until(20)
    networks.mend(0)
    run = crew.finish()
    cut_off.end(30)
    seconds = made_in(run)
    assert all(80 <= seconds[second] <= 100 for second in range(17, 22)), seconds
    assert "fell silent" in finding(run, "workers")["reason"]
    assert run.code == 5
