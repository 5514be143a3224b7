"""An HTTP receiver on loopback: keeps what it got, and answers as it is told to."""

import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class HttpReceiver:
    """``bodies`` and ``heads`` are what came, ``at`` when; ``broken`` the rules that ``judge`` found broken.

    ``answer`` is called with the number of the request and may give (status, headers, body); None leaves it to the
    judge. ``hold_s`` is how long each answer is held back, ``drip_s`` how long its head comes byte by byte,
    ``drip_body_s`` how long its body does.
    """

    def __init__(self, judge=None, answer=lambda number: None, hold_s=0.0, drip_s=0.0, drip_body_s=0.0):
        self.bodies, self.heads, self.at, self.paths, self.broken = [], [], [], [], []
        self.judge, self.answer, self.hold_s = judge, answer, hold_s
        self.drip_s, self.drip_body_s = drip_s, drip_body_s
        self.closing = threading.Event()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                data = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.at.append(time.time())
                receiver.heads.append(dict(self.headers))
                receiver.paths.append(self.path)
                receiver.bodies.append(json.loads(data))
                number = len(receiver.bodies)
                receiver.closing.wait(receiver.hold_s)
                receiver.drip(self.wfile)
                status, headers, body = receiver.verdict(number, data, dict(self.headers), self.path)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(1_000_000 if receiver.drip_body_s else len(body)))
                self.end_headers()
                receiver.drip_body(self.wfile)
                self.wfile.write(body)

            def log_message(self, *_):
                return

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_):
                return

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def verdict(self, number, data, headers, path):
        told = self.answer(number)
        if told is not None:
            return told
        if self.judge is None:
            return 200, {}, b"ok"
        wrong, answer = self.judge(json.loads(data), data, headers, path, self.at)
        self.broken += wrong
        return answer

    def drip(self, stream):
        """Begin an answer whose first header grows byte by byte: no single read takes long."""
        if self.drip_s:
            stream.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
            until = time.monotonic() + self.drip_s
            while time.monotonic() < until and not self.closing.wait(0.05):
                stream.write(b"x")
                stream.flush()
            stream.write(b"\r\n\r\n")

    def drip_body(self, stream):
        until = time.monotonic() + self.drip_body_s
        while time.monotonic() < until and not self.closing.wait(0.05):
            stream.write(b"x")
            stream.flush()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def receiving(*args, **kwargs):
    receiver = HttpReceiver(*args, **kwargs)
    try:
        yield receiver
    finally:
        receiver.close()
