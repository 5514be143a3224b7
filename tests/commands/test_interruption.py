"""Ctrl-C reaches a command where it waits, whatever runs when it comes."""

import os
import signal

import gevent
import pytest

from authstorm.commands.interruption import heard

NUMBERS = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("number", NUMBERS)
def test_it_is_raised_where_the_command_waits_and_not_in_a_callback_that_would_swallow_it(number, capfd):
    swallowed = []

    def parse():
        try:
            os.kill(os.getpid(), number)
            sum(range(100_000))  # in which Python's own handler would raise
        except BaseException as error:  # noqa: BLE001 - as a parser does
            swallowed.append(error)
        while True:
            gevent.sleep(0.01)

    parser = gevent.spawn(parse)
    with pytest.raises(KeyboardInterrupt), heard():
        parser.join(5)
    parser.kill()
    assert swallowed == []
    assert capfd.readouterr().err == ""


def test_afterwards_signals_mean_what_they_meant_before():
    before = [signal.getsignal(number) for number in NUMBERS]
    with heard():
        gevent.sleep(0)
    assert [signal.getsignal(number) for number in NUMBERS] == before
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)
