"""Authstorm rehearses peak traffic against an authentication service."""

from authstorm.compiled.finder import install

__version__ = "0.1.0"

install()  # before any compiled module is imported
