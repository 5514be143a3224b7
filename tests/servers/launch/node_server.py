"""A server from npm, run by a Node of its own; everything it knows is made at the start, in memory."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
from pathlib import Path

from .download import download, say
from .errors import SetupError
from .program import find_program
from .server import Server, Settings
from .stamp import Stamp, alone, digest

NODE_AT_LEAST = 22


class NodeServer(Server):
    """An npm package of the server's own name, with server.mjs beside it."""

    can_shed = True

    def install(self) -> None:
        """Install the locked packages, among them Node itself where there is a package for this machine."""
        value = digest([self.folder / "package.json", self.folder / "package-lock.json"], *platform.uname()[::4])
        with alone(self.data):
            stamp = Stamp(self.data / "installed")
            if stamp.holds(value) and (self.folder / "node_modules" / self.name).is_dir():
                return
            npm = find_program("npm")
            say(f"{self.name}: installing from npm, once")
            quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
            download([npm, "ci", "--ignore-scripts", *quiet], self.folder)
            find_node(self.folder)
            stamp.write(value)

    def seed(self, settings: Settings) -> None:
        """Nothing to do: accounts and clients are made at the start."""

    def fresh_state(self, settings: Settings) -> dict[str, str]:
        """Nothing to lay out."""
        return {}

    def command(self) -> list[str]:
        """Node on server.mjs."""
        return [find_node(self.folder), "server.mjs"]


def find_node(folder: Path) -> str:
    """Return the Node that was installed here, else the machine's own if it is new enough; else SetupError."""
    own = next(folder.glob("node_modules/node-*/bin/node"), None)
    node = str(own) if own else shutil.which("node")
    if node is None:
        raise SetupError(f"there is no Node for this machine: install Node {NODE_AT_LEAST} or newer")
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    major = re.match(r"v(\d+)\.", version)
    if major is None or int(major[1]) < NODE_AT_LEAST:
        raise SetupError(f"{node} is {version or 'broken'}: Node {NODE_AT_LEAST} or newer is needed")
    return node
