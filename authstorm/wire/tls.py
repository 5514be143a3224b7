"""TLS: one context for equal settings, and a handshake over a socket that we read ourselves."""

from __future__ import annotations

import ssl
from contextlib import suppress
from typing import Any, Final

from authstorm.wire.connection import Connection, Taker
from authstorm.wire.failure import TLS_FAILED, ExchangeError
from authstorm.wire.settings import TlsSettings

_RECORD: Final = 1 << 14  # no TLS record holds more (RFC 8446 section 5.1)


def make_context(settings: TlsSettings) -> ssl.SSLContext:
    """A client context that verifies names and certificates unless told otherwise.

    OSError or ssl.SSLError when a file is missing or is no PEM. The system's trust store is read here, once: that takes
    tens of milliseconds and a megabyte, which is why contexts are shared.
    """
    context = ssl.create_default_context(cafile=settings.ca_file or _certifi_where_the_system_has_none())
    if not settings.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if settings.certificate:
        _show(context, settings.certificate, settings.key or None)
    return context


def _show(context: ssl.SSLContext, certificate: str, key: str | None) -> None:
    """Load a client certificate with its key.

    A key under a passphrase is refused: OpenSSL would ask for it at the terminal, and the run would stand.
    """
    try:
        context.load_cert_chain(certificate, key, password="")
    except ssl.SSLError as error:
        told: Any = error  # its reason may be None, unlike its type says
        reason = "client certificate and key must be PEM, belong together, and the key must have no passphrase"
        raise OSError(f"{reason}: {told.reason or error}") from error


def _certifi_where_the_system_has_none() -> str | None:
    paths = ssl.get_default_verify_paths()
    if paths.cafile or paths.capath:
        return None
    import certifi  # noqa: PLC0415 - only slim containers need it

    return certifi.where()


class TlsConnection(Connection):
    """A connection whose bytes go through TLS; the socket below is read with the same clock as a plain one."""

    __slots__ = ("_incoming", "_outgoing", "_tls")

    def handshake(self, context: ssl.SSLContext, deadline: float, session: ssl.SSLSession | None = None) -> bool:
        """Agree on keys with the origin's host; returns whether an earlier session was resumed.

        ExchangeError "tls-failed" when the other side refuses, ends, or is not who it should be; DeadlineError.
        """
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        # Any: its read gives a number where there is a buffer, unlike its type says
        self._tls: Any = context.wrap_bio(
            self._incoming, self._outgoing, server_hostname=self.origin.host, session=session
        )
        try:
            while not self._shake():
                self._flush(deadline)
                self.wait(deadline)
                if self._read_more() == 0:
                    self._incoming.write_eof()
            self._flush(deadline)
        except (OSError, ExchangeError) as error:  # ssl.SSLError is an OSError
            with suppress(OSError):  # the alert tells the server why; it may be gone
                self._sock.send(self._outgoing.read())
            raise ExchangeError(TLS_FAILED) from error
        return bool(self._tls.session_reused)

    @property
    def session(self) -> ssl.SSLSession | None:
        """What a later handshake with the same server may resume; with TLS 1.3 it comes with the first answer."""
        session: ssl.SSLSession | None = self._tls.session
        return session if session is not None and session.has_ticket else None

    def send(self, data: bytes) -> memoryview | None:
        """Send a request; see ``Connection``."""
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise ExchangeError(TLS_FAILED) from error
        return self._push(self._outgoing.read())

    def pull(self, taker: Taker) -> bool:
        """Read once and pass on what that decrypts to; see ``Connection``."""
        size = self._read_more()
        if size is None:
            return True
        try:
            while size:
                plain: int = self._tls.read(_RECORD, self._clock.buffer)
                if not plain:
                    return False  # close_notify
                if not self.first_at:
                    self.first_at = self.at
                taker.feed(self._clock.buffer[:plain])
                if taker.done and not self._incoming.pending:
                    return True
        except ssl.SSLWantReadError:
            if self._outgoing.pending:  # an answer to a key update
                self._push(self._outgoing.read())
            return True
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return False
        except ssl.SSLError as error:
            raise ExchangeError(TLS_FAILED) from error
        return False

    def is_quiet(self) -> bool:
        """Whether the connection stands and holds no bytes; tickets that came late are taken in and do not count."""
        try:
            if super().is_quiet():
                return True
            if not self._read_more():
                return False
            self._tls.read(1)
        except ssl.SSLWantReadError:
            return True
        except (OSError, ExchangeError):
            return False
        return False

    def speaks_first(self) -> bool:
        """Servers send tickets unasked, so bytes before the request tell nothing here."""
        return False

    def _shake(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        return True

    def _read_more(self) -> int | None:
        """Bytes from the socket into TLS; None when there were none after all, 0 at the end."""
        size = self._receive()
        if size:
            self._incoming.write(self._clock.buffer[:size])
        return size

    def _flush(self, deadline: float) -> None:
        if self._outgoing.pending:
            rest = self._push(self._outgoing.read())
            while rest:
                self.wait_writable(deadline)
                rest = self._push(rest)
