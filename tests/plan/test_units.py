"""Durations, rates and amounts as people write them."""

import pytest

from authstorm.plan.units import (
    Amount,
    parse_amount,
    parse_arrivals,
    parse_duration,
    parse_rate,
    parse_share,
    show_duration,
    show_rate,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("500ms", 0.5), ("1m30s", 90), ("2h", 7200), ("1.5s", 1.5), ("3min", 180), ("1m 5s", 65), ("0s", 0)],
)
def test_durations_carry_their_unit(text, seconds):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["30", 30, "", "s", "-5s", "30 parsecs", None, "1:30", True, "5s1m"])
def test_what_is_no_duration_is_told_how_to_write_one(text):
    with pytest.raises(ValueError, match="as 30s, 500ms or 1m30s"):
        parse_duration(text)


@pytest.mark.parametrize(("text", "per_second"), [("20/s", 20), ("90/min", 1.5), ("1200/h", 1 / 3), ("0.5 / s", 0.5)])
def test_rates_carry_their_unit(text, per_second):
    assert parse_rate(text) == pytest.approx(per_second)


@pytest.mark.parametrize("text", ["20", 20, "20/week", "-1/s", None])
def test_what_is_no_rate_is_told_how_to_write_one(text):
    with pytest.raises(ValueError, match="as 20/s or 90/min"):
        parse_rate(text)


@pytest.mark.parametrize(
    ("text", "amount"),
    [("10x", Amount(10, "factor")), ("200/s", Amount(200, "rate")), (300, Amount(300, "users"))],
)
def test_an_amount_is_a_factor_a_rate_or_a_number_of_users(text, amount):
    assert parse_amount(text) == amount


@pytest.mark.parametrize("text", ["300", True, -1, "10 x", None])
def test_what_is_no_amount_is_told_the_three_ways(text):
    with pytest.raises(ValueError, match="neither a rate"):
        parse_amount(text)


def test_rates_by_scenario_name_every_scenario_that_is_wrong():
    with pytest.raises(ValueError, match=r"login: .*refresh: "):
        parse_arrivals({"login": 5, "refresh": "x", "validate": "2/s"})


def test_a_share_is_written_in_per_cent():
    assert parse_share("5%") == 0.05


@pytest.mark.parametrize("seconds", [0.25, 1, 90, 3600])
def test_shown_durations_read_back(seconds):
    assert parse_duration(show_duration(seconds)) == seconds


@pytest.mark.parametrize("rate", [0.5, 20, 1000])
def test_shown_rates_read_back(rate):
    assert parse_rate(show_rate(rate)) == rate
