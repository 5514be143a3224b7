"""Plain Locust at a rate: users that come at random, ten times a second each; tells what it measured when it ends.

The waits are random because Locust's own ``constant_throughput`` keeps all users of a batch in step for ever, which
would say more of that than of the client.
"""

from locust import FastHttpUser, events, task

import json
import os
import random
import time

FORM = {"grant_type": "client_credentials", "client_id": "bench", "scope": "openid"}
FROM_S = time.time() + float(os.environ["BENCH_WARM_S"])
UNTIL_S = FROM_S + float(os.environ["BENCH_SECONDS"])
WAIT_S = 0.1 - float(os.environ["BENCH_DELAY_S"])

measured: list[float] = []


class Paced(FastHttpUser):
    """No checks."""

    def wait_time(self) -> float:
        """Exponential, so that with the answer's own time it makes ten requests a second."""
        return random.expovariate(1 / WAIT_S)

    @task
    def log_in(self) -> None:
        """One token request."""
        self.client.post("/token", data=FORM, name="token")


@events.request.add_listener
def note(response_time: float, start_time: float, **_: object) -> None:
    """Keep what began in the seconds that count."""
    if FROM_S <= start_time < UNTIL_S:
        measured.append(response_time)


@events.quitting.add_listener
def tell(**_: object) -> None:
    """Write the percentiles where the benchmark looks for them."""
    ordered = sorted(measured)
    cuts = {f"p{p}_ms": ordered[int(p / 100 * (len(ordered) - 1))] for p in (50, 99)}
    with open(os.environ["BENCH_RESULT"], "w", encoding="utf-8") as file:
        json.dump({"count": len(ordered), **cuts}, file)
