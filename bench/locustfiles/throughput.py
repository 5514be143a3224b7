"""A rate as people write it in plain Locust, each user at a constant throughput; tells what Locust's own table says."""

from locust import FastHttpUser, constant_throughput, events, task
from locust.env import Environment

import json
import os

FORM = {"grant_type": "client_credentials", "client_id": "bench", "scope": "openid"}


class Steady(FastHttpUser):
    """No checks."""

    wait_time = constant_throughput(float(os.environ["BENCH_EACH_PER_S"]))

    @task
    def log_in(self) -> None:
        """One token request."""
        self.client.post("/token", data=FORM, name="token")


@events.quitting.add_listener
def tell(environment: Environment, **_: object) -> None:
    """Write count and percentiles where the benchmark looks for them."""
    total = environment.stats.total
    told = {f"p{p}_ms": total.get_response_time_percentile(p / 100) for p in (50, 99)}
    with open(os.environ["BENCH_RESULT"], "w", encoding="utf-8") as file:
        json.dump({"count": total.num_requests, **told}, file)
