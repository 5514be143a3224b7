"""Network namespaces, as machines of their own: one for each worker, at the end of a line that delays and loses."""

import os
import shutil
import subprocess
import sys
from pathlib import Path


def available():
    """Whether this process may make namespaces and TUN devices, and the tools are there."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("ip", "unshare"))) or not os.access("/dev/net/tun", os.W_OK):
        return False
    return subprocess.run(["unshare", "-n", "true"], capture_output=True, check=False).returncode == 0


def run(*command):
    done = subprocess.run(list(map(str, command)), check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}: {done.stderr}"


class Networks:
    """``count`` namespaces, each on a line of its own to this machine, whose address on all of them is ``host``."""

    def __init__(self, count, delay_ms=0, loss=0.0):
        mark = f"{os.getpid() % 10_000:04d}"
        subnet = f"10.213.{os.getpid() % 250}"
        self.host = f"{subnet}.1"
        self.names = [f"as{mark}-{number}" for number in range(count)]
        self._line = None
        try:
            for name in self.names:
                run("ip", "netns", "add", name)
            devices = [f"as{mark}{number}" for number in range(count)]
            lines = [f"{name}:{device}" for name, device in zip(self.names, devices, strict=True)]
            command = [sys.executable, Path(__file__).parent / "slow_line.py", delay_ms, loss, 1, *lines]
            self._line = subprocess.Popen(
                list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
            assert self._line.stdout.readline() == "ready\n"
            for number, (name, device) in enumerate(zip(self.names, devices, strict=True)):
                far = f"{subnet}.{number + 2}"
                run("ip", "address", "add", self.host, "peer", far, "dev", device)
                run("ip", "link", "set", device, "up")
                run("ip", "-n", name, "address", "add", far, "peer", self.host, "dev", "line")
                run("ip", "-n", name, "link", "set", "lo", "up")
                run("ip", "-n", name, "link", "set", "line", "up")
        except BaseException:
            self.close()
            raise

    def inside(self, number):
        """What to put before a command that is to run in a namespace."""
        return ("ip", "netns", "exec", self.names[number])

    def cut(self, number):
        run("ip", "-n", self.names[number], "link", "set", "line", "down")

    def mend(self, number):
        run("ip", "-n", self.names[number], "link", "set", "line", "up")

    def close(self):
        if self._line is not None:
            self._line.stdin.close()
            self._line.wait(10)
        for name in self.names:
            subprocess.run(["ip", "netns", "delete", name], capture_output=True, check=False)
