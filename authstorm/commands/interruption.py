"""An interruption of a command that does many things at once."""

from __future__ import annotations

import gevent


def is_no_error() -> None:
    """Let Ctrl-C end the command wherever it is just then, without gevent's report of an error."""
    hub = gevent.get_hub()
    if KeyboardInterrupt not in hub.NOT_ERROR:
        hub.NOT_ERROR = (*hub.NOT_ERROR, KeyboardInterrupt)
