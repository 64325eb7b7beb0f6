"""Facts that wait in their turn."""

import threading

from sipcore.b2bua.facts import StageStarted
from sipcore.storage.in_turn import InTurn

FACTS = [StageStarted("v", float(number), 0, "a", 1) for number in range(5)]


class Bell:
    def __init__(self) -> None:
        self.rings = 0

    def ring(self) -> None:
        self.rings += 1


def test_the_thread_is_told_once_until_it_has_taken_what_waits() -> None:
    bell = Bell()
    waiting = InTurn(10, bell.ring, {"dropped": 0})
    for fact in FACTS[:2]:
        waiting.put(fact)
    taken = waiting.take()
    waiting.put(FACTS[2])

    assert (taken, waiting.take(), len(waiting), bell.rings) == (FACTS[:2], FACTS[2:3], 0, 2)


def test_what_is_put_back_comes_before_what_came_meanwhile() -> None:
    bell = Bell()
    waiting = InTurn(10, bell.ring, {"dropped": 0})
    for fact in FACTS[:2]:
        waiting.put(fact)
    waiting.take()
    waiting.put(FACTS[2])
    waiting.put_back()

    assert (waiting.take(), bell.rings) == (FACTS[:3], 3)


def test_beyond_the_capacity_new_facts_are_dropped_and_counted() -> None:
    counters = {"dropped": 0}
    waiting = InTurn(2, Bell().ring, counters)
    for fact in FACTS:
        waiting.put(fact)

    assert (waiting.take(), counters) == (FACTS[:2], {"dropped": 3})


def test_nothing_is_lost_and_nothing_doubled_between_two_threads() -> None:
    waiting = InTurn(1_000_000, Bell().ring, {"dropped": 0})
    facts = [StageStarted("v", float(number), 0, "a", 1) for number in range(50_000)]

    def put() -> None:
        for fact in facts:
            waiting.put(fact)

    thread = threading.Thread(target=put)
    taken = []
    thread.start()
    while thread.is_alive():
        taken += waiting.take()
    taken += waiting.take()

    assert [fact.at for fact in taken] == [fact.at for fact in facts]
