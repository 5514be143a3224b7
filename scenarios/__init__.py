"""What visitors do, in verbs; each module holds one Locust user class."""

from scenarios.login import Login
from scenarios.refresh import Refresh
from scenarios.service import Service
from scenarios.session import Session
from scenarios.stuffing import Stuffing
from scenarios.validate import Validate

__all__ = ["Login", "Refresh", "Service", "Session", "Stuffing", "Validate"]
