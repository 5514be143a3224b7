"""Who is compared: our suite, plain Locust, and what else can load a server, each as a command line."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.rig.plan import NOTHING, Load, write_plan
from bench.rig.process import ROOT
from bench.rig.reported import complaint_of_locust

HERE = Path(__file__).parent.parent
FORM = "grant_type=client_credentials&client_id=bench&scope=openid"
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Errand:
    """What a generator is asked to do: load which address, how, with a folder for its files.

    ``certificate`` is the PEM file to trust, "" for http.
    """

    base: str
    certificate: str
    load: Load
    folder: Path

    @property
    def url(self) -> str:
        """The URL to load."""
        return f"{self.base}/token"


Command = tuple[list[str], dict[str, str]]
"""Arguments, and variables for the environment."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A generator; ``needs`` is the program that must be installed, "" for those that come with the project.

    ``complaint`` says from its folder and exit code why its figure would not be honest; who has one is ended in order.
    The others' answers are known: the server's are all good.
    """

    name: str
    command: Callable[[Errand], Command] = field(repr=False)
    needs: str = ""
    root: Path = ROOT
    complaint: Callable[[Path, int], str] | None = field(default=None, repr=False)

    @property
    def is_there(self) -> bool:
        """Whether it can be run here."""
        return not self.needs or shutil.which(self.needs) is not None


def suite(
    model: str, root: Path = ROOT, profile: Mapping[str, object] = NOTHING, network: Mapping[str, object] = NOTHING
) -> Callable[[Errand], Command]:
    """The whole suite with a profile of the bench; ``model`` is "open" (planned arrivals) or "closed"."""

    def command(errand: Errand) -> Command:
        write_plan(errand.folder, errand.base, errand.certificate, errand.load, model, profile, network)
        arguments = [
            sys.executable, "-m", "locust", "-f", str(root / "locustfile.py"), "--headless", "--only-summary",
            "--loglevel", "ERROR", "--spike-profile", "bench", "--target", "bench",
            "--config-dir", str(errand.folder), "--reports-dir", str(errand.folder / "reports"),
        ]  # fmt: skip
        return arguments, {"BENCH_SECRET": "bench-secret", "PYTHONPATH": str(root)}

    return command


def locust(file: str, **environ: str) -> Callable[[Errand], Command]:
    """A plain locustfile of ``bench/locustfiles``; what it is told beside the load goes by the environment."""

    def command(errand: Errand) -> Command:
        visitors = str(errand.load.visitors)
        arguments = [
            sys.executable, "-m", "locust", "-f", str(HERE / "locustfiles" / file), "--headless", "--only-summary",
            "--loglevel", "ERROR", "--host", errand.base, "-u", visitors, "-r", visitors,
        ]  # fmt: skip
        kind = "new" if errand.load.new_connections else "kept"
        return arguments, {"BENCH_CA": errand.certificate, "BENCH_CONNECTIONS": kind, **environ}

    return command


def wrk(errand: Errand) -> Command:
    """One thread; requests by a script, since it has no option for a body."""
    script = errand.folder / "post.lua"
    closing = 'wrk.headers["Connection"] = "close"\n' if errand.load.new_connections else ""
    script.write_text(
        f'wrk.method = "POST"\nwrk.body = "{FORM}"\nwrk.headers["Content-Type"] = "{FORM_TYPE}"\n{closing}'
    )
    load = errand.load
    return ["wrk", "-t1", f"-c{load.visitors}", f"-d{load.seconds}s", "-s", str(script), errand.url], {}


def hey(errand: Errand) -> Command:
    """Certificates are not verified by it."""
    load = errand.load
    arguments = ["hey", "-z", f"{load.seconds}s", "-c", str(load.visitors), "-m", "POST", "-T", FORM_TYPE, "-d", FORM]
    return [*arguments, *(["-disable-keepalive"] if load.new_connections else []), errand.url], {"GOMAXPROCS": "1"}


def vegeta(errand: Errand) -> Command:
    """As fast as it can with a worker a visitor; results go nowhere."""
    load, visitors = errand.load, str(errand.load.visitors)
    target = errand.folder / "vegeta.json"
    (errand.folder / "body").write_text(FORM)
    target.write_text(f"POST {errand.url}\nContent-Type: {FORM_TYPE}\n@{errand.folder / 'body'}\n")
    arguments = [
        "vegeta", "attack", "-rate=0", f"-workers={visitors}", f"-max-workers={visitors}",
        f"-duration={load.seconds}s",
        f"-targets={target}", f"-root-certs={errand.certificate}", f"-keepalive={not load.new_connections}".lower(),
        "-http2=false", "-output=/dev/null",
    ]  # fmt: skip
    return arguments, {"GOMAXPROCS": "1"}


def autocannon(errand: Errand) -> Command:
    """From npm; certificates are not verified by it."""
    load = errand.load
    arguments = [
        "autocannon", "-c", str(load.visitors), "-d", str(load.seconds), "-m", "POST", "-b", FORM, "--no-progress",
        "-H", f"Content-Type={FORM_TYPE}",
    ]  # fmt: skip
    return [*arguments, *(["--reconnectRate", "1"] if load.new_connections else []), errand.url], {}


OTHERS = (
    Peer("plain FastHttpUser", locust("fast.py"), complaint=complaint_of_locust),
    Peer("plain HttpUser", locust("http.py"), complaint=complaint_of_locust),
    Peer("wrk", wrk, "wrk"),
    Peer("hey", hey, "hey"),
    Peer("vegeta", vegeta, "vegeta"),
    Peer("autocannon", autocannon, "autocannon"),
)
"""Everybody but ourselves."""
