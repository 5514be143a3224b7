"""Why a server is not reached: one connection by hand, which tells what the client under load only counts."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from urllib.parse import urlsplit

from cryptography import x509

from authstorm.plan.network import Tls

_NAME_MISMATCH, _NOT_TRUSTED, _EXPIRED = frozenset({62, 64}), frozenset({18, 19, 20, 21}), frozenset({9, 10})
"""OpenSSL's verification codes (X509_V_ERR_...)."""


@dataclass(frozen=True, slots=True)
class Closer:
    """What a closer look showed: ``kind`` is one word, ``detail`` says it in full, ``names`` are the certificate's."""

    kind: str
    detail: str
    names: tuple[str, ...] = ()


def look_closer(url: str, tls: Tls, limit_s: float) -> Closer:
    """Open one connection to where a URL leads; ``kind`` is "open" when it stands after all."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    try:
        with socket.create_connection((host, port), limit_s) as plain:
            if parts.scheme != "https":
                return Closer("open", f"a connection to {host}:{port} stands")
            return _handshake(plain, host, tls)
    except socket.gaierror as error:
        return Closer("name", f"the name {host} has no address: {error.strerror}")
    except ConnectionRefusedError:
        return Closer("refused", f"nothing listens at {host}:{port}")
    except TimeoutError:
        return Closer("silent", f"{host}:{port} did not answer within {limit_s:g} s")
    except OSError as error:
        return Closer("network", f"{host}:{port}: {error.strerror or error}")


def _handshake(plain: socket.socket, host: str, tls: Tls) -> Closer:
    context = ssl.create_default_context(cafile=tls.ca or None)
    if tls.certificate:
        context.load_cert_chain(tls.certificate, tls.key or None, password="")  # or it asks at the terminal
    address = plain.getpeername()
    try:
        with context.wrap_socket(plain, server_hostname=host):
            return Closer("open", "the handshake succeeds")
    except ssl.SSLCertVerificationError as error:
        return _refused_certificate(error, host, _names_at(address[0], address[1], host))
    except ssl.SSLError as error:
        return Closer("tls", f"the TLS handshake fails: {error.reason or error}")


def _refused_certificate(error: ssl.SSLCertVerificationError, host: str, names: tuple[str, ...]) -> Closer:
    """Why a certificate is refused, by OpenSSL's code."""
    if error.verify_code in _NAME_MISMATCH:
        return Closer("tls-name", f"the certificate is for {', '.join(names) or 'no name'}, and not for {host}", names)
    if error.verify_code in _NOT_TRUSTED:
        return Closer("tls-authority", f"the certificate's authority is not trusted: {error.verify_message}", names)
    if error.verify_code in _EXPIRED:
        return Closer("tls-expired", f"the certificate: {error.verify_message}", names)
    return Closer("tls", f"the certificate is not accepted: {error.verify_message}", names)


def _names_at(address: str, port: int, host: str) -> tuple[str, ...]:
    """The names in the certificate that a server shows; nothing is sent there but the handshake."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # only to read what it is
    try:
        with (
            socket.create_connection((address, port), 5) as plain,
            context.wrap_socket(plain, server_hostname=host) as shown,
        ):
            certificate = x509.load_der_x509_certificate(shown.getpeercert(binary_form=True) or b"")
            names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, x509.ExtensionNotFound):
        return ()
    return (
        *names.get_values_for_type(x509.DNSName),
        *(str(one) for one in names.get_values_for_type(x509.IPAddress)),
    )
