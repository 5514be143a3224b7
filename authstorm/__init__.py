"""Authstorm rehearses peak traffic against an authentication service."""

__version__ = "0.1.0"
