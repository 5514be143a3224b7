"""Keeps what is said between processes and what a server tells, so that a test can look through all of it."""

import socket
import threading


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


class Listening:
    """Reads a room's server-sent events from now on until ``close``; ``text`` is all that came."""

    def __init__(self, room):
        self.text = ""
        self._answer = room.session.get(f"{room.url}/storm/events", stream=True, timeout=30)
        self._is_closed = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self._answer.iter_lines():
            self.text += line.decode() + "\n"
            if self._is_closed:
                return

    def close(self):
        self._is_closed = True
        self._thread.join(10)  # a comment comes every three seconds at the latest
        self._answer.close()
