"""The peer most people would write: one login after another with Locust's fastest user class, and nothing else."""

from locust import FastHttpUser, task

import os

import gevent.ssl

CLOSING = os.environ["BENCH_CONNECTIONS"] == "new"
FORM = {"grant_type": "client_credentials", "client_id": "bench", "scope": "openid"}
HEADERS = {"Connection": "close"} if CLOSING else {}
CONTEXT = gevent.ssl.create_default_context(cafile=os.environ["BENCH_CA"])


class Plain(FastHttpUser):
    """No wait, no checks; one TLS context for all, or each user would load the CA bundle (27 ms and 0.9 MB)."""

    insecure = False
    ssl_context_factory = staticmethod(lambda cafile=None: CONTEXT)  # noqa: ARG005 - its presence keeps the bundle out

    @task
    def log_in(self) -> None:
        """One token request."""
        self.client.post("/token", data=FORM, headers=HEADERS, name="token")
