"""Nonces and their counts."""

from hypothesis import given
from hypothesis import strategies as st

from sipcore.registrar.nonce import CountUse, Nonces, NonceState
from tests.support.entropy import SequenceEntropy
from tests.support.registration import NOW

SECRET = b"0123456789abcdef"
NEW, REPEATED, REPLAYED = CountUse.NEW, CountUse.REPEATED, CountUse.REPLAYED


def nonces(*, lifetime: float = 3600.0, capacity: int = 1000) -> Nonces:
    return Nonces(SECRET, SequenceEntropy(), lifetime=lifetime, capacity=capacity)


def test_two_nonces_of_the_same_moment_differ() -> None:
    source = nonces()

    assert source.make(NOW) != source.make(NOW)


def test_a_nonce_begins_with_its_time_and_is_48_digits_long() -> None:
    nonce = nonces().make(NOW)

    assert (nonce[:8], len(nonce)) == (b"%08x" % int(NOW), 48)


def test_issuing_stores_nothing() -> None:
    source = nonces()
    for _ in range(100):
        source.make(NOW)

    assert len(source) == 0


def test_a_nonce_is_fresh_until_its_lifetime_has_passed() -> None:
    source = nonces(lifetime=100.0)
    nonce = source.make(NOW)

    seen = [source.check(nonce, NOW + age) for age in (0, 100, 101)]

    assert seen == [NonceState.FRESH, NonceState.FRESH, NonceState.STALE]


def test_a_used_nonce_grows_old_as_well() -> None:
    source = nonces(lifetime=100.0)
    nonce = source.make(NOW)
    source.use(nonce, 1, 7, NOW)

    assert source.check(nonce, NOW + 101) is NonceState.STALE


def test_a_nonce_from_the_future_is_stale() -> None:
    source = nonces()

    assert source.check(source.make(NOW + 3600), NOW) is NonceState.STALE


def test_a_nonce_of_another_server_is_foreign() -> None:
    nonce = Nonces(b"another secret, sixteen", SequenceEntropy()).make(NOW)

    assert nonces().check(nonce, NOW) is NonceState.FOREIGN


@given(st.integers(0, 47), st.integers(0, 255))
def test_a_changed_octet_makes_a_nonce_foreign(place: int, octet: int) -> None:
    source = nonces()
    nonce = source.make(NOW)
    changed = nonce[:place] + bytes([octet]) + nonce[place + 1 :]

    state = source.check(changed, NOW)

    assert state is (NonceState.FRESH if changed == nonce else NonceState.FOREIGN)


@given(st.binary(max_size=60))
def test_no_octets_raise(nonce: bytes) -> None:
    assert nonces().check(nonce, NOW) is NonceState.FOREIGN


def uses(*counts_and_marks: tuple[int, int]) -> list[CountUse]:
    source = nonces()
    nonce = source.make(NOW)
    return [source.use(nonce, count, mark, NOW) for count, mark in counts_and_marks]


def test_counts_go_up() -> None:
    assert uses((1, 10), (2, 20), (9, 90)) == [NEW, NEW, NEW]


def test_the_last_count_in_the_same_message_is_a_retransmission() -> None:
    assert uses((1, 10), (1, 10), (1, 10)) == [NEW, REPEATED, REPEATED]


def test_a_used_count_in_another_message_is_a_replay() -> None:
    assert uses((1, 10), (1, 11), (2, 20), (1, 10)) == [NEW, REPLAYED, NEW, REPLAYED]


def test_a_count_that_was_overtaken_on_the_way_is_taken_once() -> None:
    assert uses((1, 1), (3, 3), (2, 2), (2, 2), (3, 3)) == [NEW, NEW, NEW, REPLAYED, REPEATED]


def test_a_count_that_comes_far_too_late_is_a_replay() -> None:
    assert uses((1, 1), (100, 2), (85, 3), (84, 4)) == [NEW, NEW, NEW, REPLAYED]


@given(st.lists(st.integers(1, 80), max_size=60))
def test_no_count_is_taken_twice(counts: list[int]) -> None:
    source = nonces()
    nonce = source.make(NOW)
    taken = [
        count
        for mark, count in enumerate(counts)
        if source.use(nonce, count, mark, NOW) is CountUse.NEW
    ]

    assert len(taken) == len(set(taken))


def test_the_greatest_count_fits() -> None:
    assert uses((2**32 - 1, 1), (2**32 - 1, 2), (2**32 - 2, 3)) == [NEW, REPLAYED, NEW]


def test_the_table_is_bounded_and_forgotten_nonces_are_stale() -> None:
    source = nonces(capacity=10)
    issued = [source.make(NOW) for _ in range(30)]
    for nonce in issued:
        source.use(nonce, 1, 1, NOW)

    states = [source.check(nonce, NOW) for nonce in issued]

    assert len(source) == 10
    assert states == [NonceState.STALE] * 20 + [NonceState.FRESH] * 10


def test_a_nonce_in_use_survives_the_forgetting_of_others() -> None:
    source = nonces(capacity=10)
    kept = source.make(NOW)
    for count in range(1, 40):
        source.use(kept, count, count, NOW)
        source.use(source.make(NOW), 1, 1, NOW)

    assert source.check(kept, NOW) is NonceState.FRESH
    assert source.use(kept, 39, 999, NOW) is REPLAYED


def test_nonces_issued_after_the_forgetting_are_not_touched_by_it() -> None:
    source = nonces(capacity=2)
    for second in range(5):
        source.use(source.make(NOW + second), 1, 1, NOW + second)

    assert source.check(source.make(NOW + 5), NOW + 5) is NonceState.FRESH


def test_counts_of_expired_nonces_leave_the_table_with_time() -> None:
    source = nonces(lifetime=100.0)
    source.use(source.make(NOW), 1, 1, NOW)
    for seconds in (60, 120):
        source.use(source.make(NOW + seconds), 1, 1, NOW + seconds)

    assert len(source) == 2
