"""The same login with HttpUser, on requests."""

from locust import HttpUser, task

import os

FORM = {"grant_type": "client_credentials", "client_id": "bench", "scope": "openid"}
HEADERS = {"Connection": "close"} if os.environ["BENCH_CONNECTIONS"] == "new" else {}


class Plain(HttpUser):
    """No wait, no checks."""

    @task
    def log_in(self) -> None:
        """One token request."""
        self.client.post("/token", data=FORM, headers=HEADERS, verify=os.environ["BENCH_CA"], name="token")
