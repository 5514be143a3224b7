"""Senders of alerts: one small file a kind of receiver, and the process of their own in which they work.

``dispatch`` is the run's side: it starts the process, hands it notices and keeps what came of them. ``office`` is the
process: a ``courier`` a receiver, each with its own queue, pace and retries. Nothing in here runs on the load's side
but ``dispatch`` and ``notice``.
"""
