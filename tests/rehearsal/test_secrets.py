"""Nothing that a rehearsal leaves behind holds a password, a client secret or a token."""

import re
import socket
import threading
from pathlib import Path

import requests

from .conftest import target_of

HERE = Path(__file__).parent


class Tap:
    """A proxy that hands everything on and keeps every token that the server gave out."""

    def __init__(self, url):
        host, _, port = url.removeprefix("http://").partition(":")
        self.server = (host, int(port))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.answers = []
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            far = socket.create_connection(self.server)
            threading.Thread(target=self.hand_on, args=(near, far, None), daemon=True).start()
            threading.Thread(target=self.hand_on, args=(far, near, self.answers), daemon=True).start()

    def hand_on(self, source, sink, keep):
        try:
            while data := source.recv(65536):
                if keep is not None:
                    keep.append(data)
                sink.sendall(data)
        except OSError:
            keep = None
        finally:
            for end in (source, sink):
                end.close()

    def tokens(self):
        text = b"".join(self.answers).decode("utf-8", "replace")
        return set(re.findall(r'"(?:access_token|refresh_token|id_token)": ?"([^"]+)"', text))


def endpoints_of(sandbox):
    found = requests.get(f"{sandbox.url}/.well-known/openid-configuration", timeout=5).json()
    names = {"token": "token_endpoint", "introspection": "introspection_endpoint", "revocation": "revocation_endpoint"}
    return {ours: found[theirs].removeprefix(sandbox.url) for ours, theirs in names.items()}


def test_no_file_and_no_line_of_a_leaky_run_holds_a_secret(rehearse, sandbox):
    tap = Tap(sandbox.url)
    target = target_of(sandbox, url=tap.url, discovery=False, endpoints=endpoints_of(sandbox))
    run = rehearse(target, environ=sandbox.environ, locustfile=HERE / "leaky_locustfile.py")
    tap.listener.close()
    tokens = tap.tokens()
    assert len(tokens) > 100
    assert "spilt [redacted]" in run.output  # the leak was there, and was mended
    secrets = tokens | set(sandbox.environ.values())
    left = {path: path.read_text("utf-8") for path in run.reports.rglob("*") if path.is_file()}
    assert len(left) >= 9
    for place, text in {"terminal": run.output, **left}.items():
        assert not [secret for secret in secrets if secret in text], f"{place} holds secrets"


def test_visits_that_raise_remove_no_visitor(rehearse, sandbox):
    run = rehearse(target_of(sandbox), environ=sandbox.environ, locustfile=HERE / "leaky_locustfile.py")
    plan = run.json()
    started = plan["generator"]["started"]
    assert plan["generator"]["dropped"] == 0
    assert run.code == 5  # what visitors of one's own do wrong is no verdict on the target
    assert "The suite's own code raised" in run.output
    assert run.counts()["login"] > 60
    assert started == plan["generator"]["offered"]
