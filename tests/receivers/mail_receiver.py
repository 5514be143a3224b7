"""An SMTP receiver on loopback (RFC 5321, STARTTLS by RFC 3207, AUTH PLAIN by RFC 4616), for what smtplib sends."""

import base64
import email
import email.policy
import socketserver
import threading
import time
from contextlib import contextmanager

HEADERS = ("From", "To", "Date", "Subject", "Message-ID")


class Conversation(socketserver.StreamRequestHandler):
    """One connection: each word has a method of its name."""

    timeout = 20

    def say(self, line):
        self.wfile.write(line + b"\r\n")
        self.wfile.flush()

    def handle(self):
        self.receiver = self.server.receiver
        self.sealed = self.known = False
        self.envelope = ["", []]
        self.say(b"220 receiver")
        while line := self.rfile.readline():
            if not line.endswith(b"\r\n"):
                self.receiver.broken.append("a line without CRLF")
            word, _, rest = line.strip().partition(b" ")
            if word.upper() in {b"MAIL", b"RCPT", b"DATA"} and not self.may_send():
                continue
            getattr(self, f"on_{word.decode().lower()}", self.on_other)(rest)
            if word.upper() == b"QUIT":
                return

    def may_send(self):
        receiver = self.receiver
        if (receiver.context is None or self.sealed) and (receiver.proof is None or self.known):
            return True
        receiver.broken.append("mail before STARTTLS or login")
        self.say(b"530 first things first")
        return False

    def on_ehlo(self, _):
        receiver = self.receiver
        self.say(b"250-receiver")
        if receiver.context is not None and not self.sealed:
            self.say(b"250-STARTTLS")
        if receiver.proof is not None and (self.sealed or receiver.context is None):
            self.say(b"250-AUTH PLAIN")
        self.say(b"250 SIZE 1000000")

    def on_starttls(self, _):
        self.say(b"220 go ahead")
        self.request = self.connection = self.receiver.context.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb")
        self.sealed = True

    def on_auth(self, rest):
        name, password = base64.b64decode(rest.partition(b" ")[2]).split(b"\0")[1:]
        self.receiver.logins.append((name.decode(), self.sealed))
        self.known = (name.decode(), password.decode()) == self.receiver.proof
        self.say(b"235 welcome" if self.known else b"535 5.7.8 wrong password " + password)

    def on_mail(self, rest):
        self.envelope = [rest.decode(), []]
        self.say(b"250 ok")

    def on_rcpt(self, rest):
        self.envelope[1].append(rest.decode())
        self.say(b"250 ok")

    def on_data(self, _):
        self.say(b"354 go on")
        lines = []
        while (line := self.rfile.readline()) not in {b".\r\n", b""}:
            if len(line) > 1000:
                self.receiver.broken.append("a line above 998 characters (RFC 5322 2.1.1)")
            lines.append(line[1:] if line.startswith(b"..") else line)
        self.receiver.take(b"".join(lines), self.envelope)
        self.say(self.receiver.answer_to_data)

    def on_quit(self, _):
        if self.receiver.farewell:
            self.say(self.receiver.farewell)
        else:
            time.sleep(8)

    def on_other(self, _):
        self.say(b"250 ok")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, *_):
        return


class MailReceiver:
    """``letters`` are the messages that were taken, ``broken`` the rules that were broken on the way.

    ``context`` is an SSL context: STARTTLS is offered, and nothing is taken before it. ``proof`` is the one
    ``user, password`` that may send.
    """

    def __init__(self, context=None, proof=None, answer_to_data=b"250 taken", farewell=b"221 bye"):
        self.context, self.proof, self.answer_to_data, self.farewell = context, proof, answer_to_data, farewell
        self.letters, self.envelopes, self.broken, self.logins = [], [], [], []
        self.server = Server(("127.0.0.1", 0), Conversation)
        self.server.receiver = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def take(self, data, envelope):
        if self.answer_to_data.startswith(b"250"):
            letter = email.message_from_bytes(data, policy=email.policy.default)
            self.broken += [f"no {name}" for name in HEADERS if not letter[name]]
            self.letters.append(letter)
            self.envelopes.append(envelope)

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@contextmanager
def receiving_mail(*args, **kwargs):
    receiver = MailReceiver(*args, **kwargs)
    try:
        yield receiver
    finally:
        receiver.close()
