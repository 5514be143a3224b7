"""The arguments that Authstorm adds to Locust's command line."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from typing import Any

from authstorm.plan.choice import Choice
from authstorm.plan.units import parse_scale


def add_options(parser: ArgumentParser) -> None:
    """Add ours, and make Locust's own defaults safe.

    Locust's ``--profile`` is a label for its report, so that ours is ``--spike-profile``. Its master and its page
    listen on loopback alone unless told otherwise, and a master does not wait for ever for workers that do not come.
    """
    parser.set_defaults(master_bind_host="127.0.0.1", web_host="127.0.0.1", expect_workers_max_wait=60)
    group: Any = parser.add_argument_group("Authstorm")
    group.add_argument(
        "--spike-profile",
        env_var="PROFILE",
        default="flash-sale",
        help="a profile of config/profiles, or a path to one",
    )
    group.add_argument(
        "--target", env_var="TARGET", default="sandbox", help="a target of config/targets, or a path to one"
    )
    group.add_argument(
        "--spike-scale", type=_scale, default=1.0, help="multiplies every rate of the profile: 0.1 or 10%%"
    )
    group.add_argument("--spike-seed", type=int, default=None, help="other arrivals than the profile's own seed gives")
    group.add_argument("--spike-client", choices=("wire", "fast"), help="another HTTP client than the profile's")
    group.add_argument("--config-dir", default="config", help="where profiles and targets are")
    group.add_argument(
        "--metrics-port",
        type=_port,
        default=None,
        help="answer Prometheus on this port, on a master or a single process",
    )
    group.add_argument("--metrics-host", default="127.0.0.1", help="where to listen for Prometheus")
    group.add_argument(
        "--metrics-wait",
        type=float,
        default=20.0,
        help="seconds that a scraped process waits at its end for a last scrape, which has the final figures",
    )
    group.add_argument(
        "--room-host",
        action="append",
        metavar="NAME",
        help="a host name by which browsers reach Locust's page and the Storm page from other machines",
    )
    group.add_argument("--reports-dir", default="reports", help="where run folders are made")


def choice_in(options: Any) -> Choice:
    """What the command line says is to be run."""
    return Choice(
        options.spike_profile, options.target, options.spike_seed, options.spike_scale, options.spike_client
    )  # fmt: skip


def _scale(text: str) -> float:
    try:
        return parse_scale(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ArgumentTypeError(f"{text}: write a port from 1 to 65535")
    return int(text)
