"""The wire needs neither Locust nor a patched standard library, and works the same with one."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
{patch}
import gevent
from authstorm.wire.session import WireSession
from authstorm.wire.settings import TlsSettings, WireSettings
from authstorm.wire.shared import WireShared
from gevent.pywsgi import WSGIServer

def application(environ, start):
    start("200 OK", [("Content-Length", "2")])
    return [b"hi"]

pem = sys.argv[1:]
server = WSGIServer(("127.0.0.1", 0), application, log=None, **({{"certfile": pem[1]}} if pem else {{}}))
server.start()
settings = WireSettings(tls=TlsSettings(ca_file=pem[0]) if pem else TlsSettings())
shared = WireShared(settings)
url = f"{{'https' if pem else 'http'}}://localhost:{{server.server_port}}/"
jobs = [gevent.spawn(WireSession(settings, shared).send, "GET", url) for _ in range(5)]
gevent.joinall(jobs)
print({{(job.value.status, job.value.failure, job.value.body) for job in jobs}}, "locust" in sys.modules)
"""


@pytest.mark.parametrize("patch", ["", "from gevent import monkey; monkey.patch_all()"], ids=["plain", "patched"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_it_works_with_and_without_patching(certificates, patch, scheme):
    pem = [certificates.ca, certificates.server] if scheme == "https" else []
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM.format(patch=patch), *pem],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout.strip(), done.stderr) == ("{(200, '', b'hi')} False", "")
