"""Whether a server that was started answers by now; never through a proxy, since it is loopback."""

from __future__ import annotations

import json
import urllib.error
import urllib.request


def answers(issuer: str) -> bool:
    """Whether the issuer's discovery document can be read and is its own."""
    try:
        return bool(_fetch(issuer + "/.well-known/openid-configuration")["issuer"] == issuer)
    except (OSError, ValueError, KeyError):
        return False


def counts(url: str) -> bool:
    """Whether a server without a discovery document tells what it saw."""
    try:
        return "grants" in _fetch(url + "/_counts")
    except (OSError, ValueError):
        return False


def _fetch(url: str) -> dict[str, object]:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, timeout=5) as answer:
        return dict(json.load(answer))
