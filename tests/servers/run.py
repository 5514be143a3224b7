#!/usr/bin/env python3
"""Set up and start a real authorization server: ``python tests/servers/run.py oidc-provider``.

See docs/real-servers.md. Needs nothing but Python 3.11; run it in the repository's root, where .servers.env lies.
"""

from __future__ import annotations

import sys

from launch.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
