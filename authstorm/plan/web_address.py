"""Addresses as they may stand in a target file, judged without asking anybody."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit


def web_address(url: str) -> str:
    """A web address without a slash at its end; ValueError for what cannot be one. Credentials are never shown."""
    parts = urlsplit(url)
    if "@" in parts.netloc:
        raise ValueError("has credentials in it: a secret never stands in an address")
    if parts.scheme not in {"http", "https"} or not parts.hostname or not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} is no web address: write https://auth.example.test or http://127.0.0.1:9080")
    if parts.port == 0:  # the port of others is asked for here too: ValueError for one that is none
        raise ValueError(f"{url!r} has port 0: name the port where the service answers")
    if parts.query or parts.fragment:
        raise ValueError(f"{url!r} has a query or a fragment: write the address alone")
    return url.rstrip("/")


def link(url: str) -> str:
    """A URL that may be relative to the target's, or ""; ValueError for what leads nowhere."""
    parts = urlsplit(url)
    if parts.scheme or parts.netloc:
        web_address(url.partition("?")[0] if parts.scheme else f"https:{url}")
    elif not url.isprintable() or " " in url:
        raise ValueError(f"{url!r} has characters that no address has")
    return url


def is_loopback(host: str) -> bool:
    """Whether a host name or address stays on this machine, judged without DNS."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
