"""No message between master and worker, and no list of processes, holds a secret of the run."""

import secrets
import socket
import threading
from pathlib import Path

import psutil
import pytest

from .many import SERVICE

pytestmark = pytest.mark.long
TOKEN = secrets.token_urlsafe(24)
MIXED = SERVICE | {
    "name": "mixed",
    "arrivals": {"login": "10/s", "session": "4/s", "service": "4/s"},
    "stages": [{"steady": {"for": "6s"}}],
}


class Recording:
    """A proxy between workers and master that keeps every byte of both ways."""

    def __init__(self, port):
        self.master = ("127.0.0.1", port)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = {"from workers": bytearray(), "from the master": bytearray()}
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
                far = socket.create_connection(self.master)
            except OSError:
                return
            for source, sink, side in ((near, far, "from workers"), (far, near, "from the master")):
                threading.Thread(target=self.hand_on, args=(source, sink, self.heard[side]), daemon=True).start()

    def hand_on(self, source, sink, keep):
        try:
            while data := source.recv(65536):
                keep += data
                sink.sendall(data)
        except OSError:
            keep += b"(cut off)"
        finally:
            source.close()
            sink.close()


def test_no_message_and_no_process_list_holds_a_secret(many, sandbox):
    """The visitors spill every secret that they hold into exceptions and logs, which Locust sends to the master."""
    crew = many(MIXED)
    leaky = ("-f", Path(__file__).parent / "leaky_locustfile.py")
    token = {"AUTHSTORM_TOKEN": TOKEN}
    crew.start_master(2, *leaky, environ=token)
    crew.master.wait_for("Starting Locust")
    recording = Recording(crew.port)
    for _ in range(2):
        crew.start_worker(*leaky, environ=token, port=recording.port)
    crew.run_until(5)
    commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    run = crew.finish()
    recording.listener.close()
    spilt = [*sandbox.environ.values(), TOKEN]
    assert run.counts()["login"] >= 80
    for side, data in recording.heard.items():
        assert len(data) > 5000, side
        for secret in spilt:
            assert secret.encode() not in data, side
    assert b"authstorm-order" in recording.heard["from the master"]
    assert b"spilt [redacted]" in recording.heard["from workers"]  # the leak was there, and was mended
    assert b"eyJ" not in recording.heard["from workers"]
    assert not [line for line in commands for secret in spilt if secret in line]
    assert not [secret for secret in spilt if secret in run.output]
