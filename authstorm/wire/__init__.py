"""HOW bytes travel: an HTTP/1.1 client made for load, on gevent's loop (docs/wire.md)."""
