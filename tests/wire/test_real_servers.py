"""Servers that others wrote, in C, JavaScript and Python, over HTTP and HTTPS, are spoken to as they speak."""

import shutil
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from authstorm.wire.session import WireSession
from authstorm.wire.settings import TlsSettings, WireSettings
from authstorm.wire.shared import WireShared
from bench.rig.delay_server import delay_server
from bench.rig.nginx import missing, nginx

ASKED = 50

NODE = """
const [port, pem] = process.argv.slice(1);
const answer = (request, response) => {  // without a length: in chunks
  let size = 0;
  request.on('data', (data) => { size += data.length; });
  request.on('end', () => { response.write(request.url); response.end(` ${size}`); });
};
const key = pem ? require('fs').readFileSync(pem) : null;
const server = key ? require('https').createServer({key, cert: key}, answer) : require('http').createServer(answer);
server.listen(Number(port), '127.0.0.1');
"""

PYTHON = """
import http.server, ssl, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_POST(self):
        size = len(self.rfile.read(int(self.headers["Content-Length"])))
        body = f"{self.path} {size}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *told):
        pass
server = http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
if sys.argv[2:]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(sys.argv[2])
    server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


@contextmanager
def running(command, port):
    process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert process.poll() is None, f"{command[0]} did not start"
                time.sleep(0.05)
        yield
    finally:
        process.kill()
        process.wait(10)


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as sock:
        return sock.getsockname()[1]


@pytest.mark.real
@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("program", ["node", "python"])
def test_what_was_sent_is_answered_in_order_on_one_connection(program, scheme, certificates):
    port = free_port()
    pem = [certificates.server] if scheme == "https" else []
    start = {"node": [shutil.which("node") or "node", "-e", NODE], "python": [sys.executable, "-c", PYTHON]}[program]
    settings = WireSettings(tls=certificates.trust())
    shared = WireShared(settings)
    with running([*start, port, *pem], port):
        answers = asked(settings, shared, f"{scheme}://127.0.0.1:{port}")
    assert [(answer.status, answer.failure) for answer in answers] == [(200, "")] * ASKED
    assert [answer.body for answer in answers] == [b"/%d %d" % (number, number * 1000) for number in range(ASKED)]
    assert shared.counters.connects == 1


@pytest.mark.real
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nginx_answers_on_one_connection(scheme):
    assert missing() == []
    with nginx(0) as server:
        settings = WireSettings(tls=TlsSettings(ca_file=str(server.certificate)))
        shared = WireShared(settings)
        answers = asked(settings, shared, server.https if scheme == "https" else server.http)
    assert [(answer.status, answer.failure) for answer in answers] == [(200, "")] * ASKED
    assert len({answer.body for answer in answers}) == ASKED
    assert shared.counters.connects == 1


@pytest.mark.real
def test_a_bare_server_in_c_answers_on_one_connection():
    settings = WireSettings()
    shared = WireShared(settings)
    with delay_server(1, 0) as server:
        answers = asked(settings, shared, server.base, 10)  # it takes no large requests
    assert [(answer.status, answer.failure) for answer in answers] == [(200, "")] * ASKED
    assert all(answer.done_at - answer.sent_at >= 0.001 for answer in answers)
    assert shared.counters.connects == 1


@pytest.mark.real
def test_openssls_own_server_ends_each_answer_with_its_connection(certificates):
    port = free_port()
    settings = WireSettings(tls=certificates.trust())
    shared = WireShared(settings)
    command = ["openssl", "s_server", "-quiet", "-www", "-accept", f"127.0.0.1:{port}", "-cert", certificates.server]
    with running(command, port):
        session = WireSession(settings, shared)
        answers = [session.send("GET", f"https://127.0.0.1:{port}/") for _ in range(3)]
        session.close()
    assert [(answer.status, answer.failure) for answer in answers] == [(200, "")] * 3
    assert all(b"s_server" in answer.body for answer in answers)
    assert shared.counters.connects == 3


def asked(settings, shared, base, size=1000):
    """The answers to one visitor's requests, each with a longer body than the one before."""
    session = WireSession(settings, shared)
    answers = [session.send("POST", f"{base}/{number}", body=b"x" * (number * size)) for number in range(ASKED)]
    session.close()
    return answers
