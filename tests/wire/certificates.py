"""A certificate authority for one test run, and what it signs: right, expired, for another name, for a client."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import gevent.ssl
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from authstorm.wire.settings import TlsSettings

LOCAL = (x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1")), x509.IPAddress(ip_address("::1")))


class Certificates:
    """PEM files by name: ``ca``, ``server``, ``expired``, ``elsewhere``, ``client`` (certificate and key in one)."""

    def __init__(self, folder):
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Authority of a test run")])
        self.ca = self._write("ca", self._authority())
        self.server = self._leaf("server", LOCAL)
        self.expired = self._leaf("expired", LOCAL, ended=True)
        self.elsewhere = self._leaf("elsewhere", (x509.DNSName("elsewhere.example.test"),))
        self.client = self._leaf("client", (x509.DNSName("client.example.test"),))

    def context(self, name="server", *, ask_client=False):
        """A server's TLS context with one of the certificates."""
        context = gevent.ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(getattr(self, name))
        if ask_client:
            context.verify_mode = ssl.CERT_REQUIRED
            context.load_verify_locations(self.ca)
        return context

    def trust(self, **settings):
        """A client's TLS settings that trust this authority."""
        return TlsSettings(ca_file=self.ca, **settings)

    def _authority(self):
        key_usage = x509.KeyUsage(True, False, False, False, False, True, True, False, False)
        builder = self._builder(self._key, self._name).add_extension(x509.BasicConstraints(True, None), critical=True)
        builder = builder.add_extension(key_usage, critical=True)
        return builder.sign(self._key, hashes.SHA256())

    def _leaf(self, name, names, *, ended=False):
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        builder = self._builder(key, subject, ended=ended)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return self._write(name, builder.sign(self._key, hashes.SHA256()), key)

    def _builder(self, key, subject, *, ended=False):
        now = datetime.now(UTC)
        public = key.public_key()
        builder = x509.CertificateBuilder().subject_name(subject).issuer_name(self._name).public_key(public)
        builder = builder.serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=2))
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        return builder.add_extension(authority, critical=False).not_valid_after(
            now + timedelta(days=-1 if ended else 1)
        )

    def _write(self, name, certificate, key=None):
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        if key is not None:
            plain = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
            pem += key.private_bytes(serialization.Encoding.PEM, *plain)
        path = self._folder / f"{name}.pem"
        path.write_bytes(pem)
        return str(path)


def make_certificates(folder):
    return Certificates(folder)
