"""Answers as long as they hold."""

from sipcore.transport.dns_cache import DnsCache
from sipcore.transport.dns_records import Answer, Outcome, Question, RecordKind
from tests.support.clock import ManualClock


def question(number: int) -> Question:
    return Question(f"{number}.example", RecordKind.A)


def found(ttl: float) -> Answer:
    return Answer(Outcome.FOUND, ("192.0.2.1",), ttl)


def test_an_answer_holds_for_its_time_and_tells_what_is_left() -> None:
    clock = ManualClock()
    cache = DnsCache(clock)
    cache.keep(question(1), found(30.0))
    clock.advance(20.0)
    later = cache.find(question(1))
    clock.advance(10.0)

    assert later == found(10.0)
    assert (cache.find(question(1)), len(cache)) == (None, 0)


def test_what_does_not_exist_is_remembered_too() -> None:
    cache = DnsCache(ManualClock())
    cache.keep(question(1), Answer(Outcome.NONE, ttl=5.0))

    assert cache.find(question(1)) == Answer(Outcome.NONE, ttl=5.0)


def test_an_answer_without_time_is_not_kept_and_ends_the_one_before() -> None:
    cache = DnsCache(ManualClock())
    cache.keep(question(1), found(5.0))
    cache.keep(question(1), found(0.0))

    assert cache.find(question(1)) is None


def test_a_full_cache_lets_go_of_what_is_over_and_then_of_the_oldest() -> None:
    clock = ManualClock()
    cache = DnsCache(clock, capacity=2)
    cache.keep(question(1), found(1.0))
    cache.keep(question(2), found(100.0))
    clock.advance(2.0)
    cache.keep(question(3), found(100.0))
    spared = cache.evicted
    cache.keep(question(4), found(100.0))

    assert (spared, cache.evicted, len(cache)) == (0, 1, 2)
    assert [cache.find(question(n)) is None for n in (1, 2, 3, 4)] == [True, True, False, False]
