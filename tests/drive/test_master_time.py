"""How a worker knows the master's time."""

import pytest

from authstorm.drive.master_time import MasterTime


@pytest.mark.parametrize(
    ("there_s", "back_s", "gloss"),
    [(0.0, 0.0, "no way at all"), (0.02, 0.02, "20 ms each way"), (0.3, 0.3, "far"), (0.02, 0.06, "slower back")],
)
def test_the_reading_is_right_to_half_the_round_trip(there_s, back_s, gloss):
    time, ahead_s = MasterTime(), 1000.0
    time.note(5.0, 5.0 + there_s + ahead_s, 5.0 + there_s + back_s)
    assert abs(time.ahead_s - ahead_s) <= time.vagueness_s + 1e-9, gloss
    assert time.vagueness_s == pytest.approx((there_s + back_s) / 2)


def test_the_quickest_answer_counts():
    time = MasterTime()
    time.note(0.0, 1000.6, 1.0)  # a packet was lost, and came late
    time.note(2.0, 1002.01, 2.02)
    time.note(3.0, 1003.4, 3.5)
    assert time.ahead_s == pytest.approx(1000.0)
    assert time.zero_of(1010.0) == pytest.approx(10.0)


def test_an_old_reading_is_forgotten_since_clocks_drift():
    time = MasterTime()
    time.note(0.0, 1000.0, 0.0)
    for number in range(16):
        time.note(float(number), 1001.05 + number, number + 0.1)
    assert time.ahead_s == pytest.approx(1001.0)
