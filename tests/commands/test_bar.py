"""The progress bar: drawn for somebody who looks on, and nothing for a pipe."""

import io

import pytest

from authstorm.commands.bar import Bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("place", "shown"), [(Terminal, True), (io.StringIO, False)], ids=["a terminal", "a pipe"])
def test_the_bar_counts_what_is_done_where_somebody_looks_on(place, shown, monkeypatch):
    stream = place()
    monkeypatch.setattr("sys.stderr", stream)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with Bar("token sets", 40) as bar:
        bar.show(7, "2 retries")
    assert ("7/40" in stream.getvalue(), "2 retries" in stream.getvalue()) == (shown, shown)
