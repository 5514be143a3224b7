"""The sandbox as a child process of the run: started when the target asks for it, ended with the run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import gevent
import requests
from gevent.subprocess import PIPE, Popen

import authstorm
from authstorm.errors import SandboxError
from authstorm.plan.target import Target

READY_WITHIN_S = 20.0


class Partner:
    """A running sandbox: ``url`` is where it answers; ``close()`` ends it if it was started here."""

    def __init__(self, url: str, process: Popen | None = None) -> None:
        self.url = url
        self._process = process

    def close(self) -> None:
        """End the process in order; a sandbox that was there before the run stays."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._process = None


def find_partner(target: Target, folder: Path) -> Partner:
    """Use the sandbox that answers at the target's address, or start one; SandboxError when it does not become ready.

    A sandbox with other secrets than ours (somebody else's, another folder's) is left alone, and so is one that
    another run has started and will take with it: ours takes a free port.
    """
    if _knows_us(target):
        return Partner(target.url)
    process = Popen(
        _command(target),
        cwd=folder,
        env=_environment(),
        stdout=PIPE,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,  # Ctrl-C is for the run, which lets visits in flight end before it ends the sandbox
    )
    try:
        with gevent.Timeout(READY_WITHIN_S, False):
            for line in process.stdout:
                words = line.split()
                if words[:2] == ["sandbox", "ready"]:
                    return Partner(words[2], process)
    except BaseException:
        process.kill()
        raise
    ended = process.poll() is not None or gevent.with_timeout(0.5, process.wait, timeout_value=None) is not None
    process.kill()
    why = f"ended with exit code {process.returncode}" if ended else f"was not ready within {READY_WITHIN_S:g} s"
    raise SandboxError(f"the sandbox {why}: try `make sandbox` to see why")


def _command(target: Target) -> list[str]:
    options = target.sandbox
    assert options is not None
    return [
        sys.executable, "-m", "authstorm.sandbox", "--with-parent",
        "--port", str(urlsplit(target.url).port or 9080),
        "--accounts", str(target.accounts.first + target.accounts.count),
        "--access-ttl", f"{options.access_ttl_s:g}",
        "--refresh-ttl", f"{options.refresh_ttl_s:g}",
        "--hash-cost", str(options.hash_cost),
        "--alg", options.alg,
        "--clock-offset", f"{options.clock_offset_s:g}",
        *(("--lockout-after", str(options.lockout_after)) if options.lockout_after is not None else ()),
    ]  # fmt: skip


def _environment() -> dict[str, str]:
    """Ours, and where this package is: the run's folder may be another one."""
    here = str(Path(authstorm.__file__).parents[1])
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))}


def _knows_us(target: Target) -> bool:
    """Whether a sandbox that will stay answers at the target's address and takes our client's secret."""
    if target.client.secret is None:
        return False
    try:
        secret = target.client.secret.resolve().reveal()
        form = {"grant_type": "client_credentials"}
        with requests.Session() as session:
            session.trust_env = False  # no proxy between us and this machine, no .netrc
            run = session.get(f"{target.url}/control/run", timeout=1, allow_redirects=False)
            if run.status_code != 200 or run.json()["with_parent"]:
                return False
            url, auth = f"{target.url}/token", (target.client.id, secret)
            return session.post(url, data=form, auth=auth, timeout=2, allow_redirects=False).status_code == 200
    except (KeyError, TypeError, requests.RequestException):
        return False
