"""Identifiers drawn from a source of octets."""

import re
from itertools import count

from sipcore.kernel.entropy import DrawnEntropy


def counted() -> DrawnEntropy:
    """A source whose octets are known: each draw repeats the number of the draw."""
    numbers = count()
    return DrawnEntropy(lambda octets: bytes([next(numbers)]) * octets)


def test_identifiers_are_cut_out_of_what_was_drawn() -> None:
    entropy = counted()

    assert entropy.branch() == b"z9hG4bK0000000000000000"
    assert entropy.tag() == entropy.unique() == b"0" * 16
    assert entropy.call_id() == b"0" * 32
    assert entropy.token() == "0" * 32
    assert re.fullmatch(r"[0-9a-f]{12}0{20}", entropy.record_id(1_800_000_000.0))


def test_when_all_octets_are_used_others_are_drawn() -> None:
    entropy = counted()
    made = [entropy.tag() for _ in range(4096 * 2 // 16)]

    assert set(made) == {b"0" * 16}
    assert entropy.tag() == b"01" * 8
