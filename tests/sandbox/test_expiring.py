"""What ends by itself, and that it does not pile up."""

from __future__ import annotations

from dataclasses import dataclass

from authstorm.sandbox.expiring import Expiring


@dataclass(frozen=True)
class Thing:
    expires_at: float


def kept(*ends):
    entries = Expiring()
    for end in ends:
        entries.put(f"k{end}", Thing(end), 0)
    return entries


def test_an_entry_ends_at_its_moment_and_not_after():
    entries = kept(10)
    assert entries.get("k10", 9.99) == Thing(10)
    assert entries.get("k10", 10) is None
    assert entries.get("other", 0) is None


def test_a_dropped_entry_is_gone_at_once():
    entries = kept(10, 11)
    entries.drop("k10")
    assert entries.get("k10", 0) is None
    assert entries.get("k11", 0) == Thing(11)


def test_a_sweep_takes_what_has_ended_and_no_more_than_it_may():
    entries = kept(1, 2, 3, 9)
    assert entries.sweep(5, 2) == 2
    assert entries.sweep(5, 100) == 1
    assert len(entries) == 1
    assert entries.sweep(99, 100) == 1
    assert entries.sweep(99, 100) == 0


def test_a_dropped_entry_does_not_stop_the_sweep():
    entries = kept(1, 2, 3)
    entries.drop("k2")
    assert entries.sweep(5, 100) == 3
    assert len(entries) == 0


def test_memory_follows_the_load_without_any_sweep_of_its_own():
    entries = Expiring()
    largest = 0
    for second in range(5_000):
        entries.put(second, Thing(second + 10), second)
        largest = max(largest, len(entries))
    assert largest == 10
