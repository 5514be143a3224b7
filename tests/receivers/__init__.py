"""Receivers for tests, each of which holds what it gets against the rules that its provider has published."""
