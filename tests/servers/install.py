#!/usr/bin/env python3
"""Install what the tests marked ``real`` need, so that none of them waits for a download."""

from __future__ import annotations

import sys

from launch.command import SERVERS, main
from launch.download import say
from launch.errors import SetupError
from launch.program import find_program
from launch.unpacked import unpacked_program


def install_all() -> int:
    """Try everything, so that one run tells all that is missing; 1 when something is."""
    failed = sum(main([name, "--setup-only"]) != 0 for name in SERVERS)
    for find, name, package in (
        (find_program, "chromium", ""),
        (find_program, "ip", "iproute2"),
        (find_program, "nginx", "nginx-light"),
        (find_program, "openssl", ""),
        (find_program, "gcc", ""),
        (unpacked_program, "prometheus", "prometheus"),
        (unpacked_program, "promtool", "prometheus"),
        (unpacked_program, "amtool", "prometheus-alertmanager"),
        (unpacked_program, "prometheus-alertmanager", "prometheus-alertmanager"),
    ):
        try:
            find(name, package)
        except SetupError as error:
            say(f"error: {error}")
            failed += 1
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(install_all())
