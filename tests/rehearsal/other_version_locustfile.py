"""The real locustfile, of another version of Authstorm."""

import authstorm

authstorm.__version__ = "99.0.0"

from locustfile import *  # noqa: E402, F403
