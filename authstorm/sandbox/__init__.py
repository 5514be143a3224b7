"""The bundled authorization server: a process of its own, bound to loopback, with faults that can be switched on.

Start it with ``python -m authstorm.sandbox``; nothing else in the project imports it.
"""
