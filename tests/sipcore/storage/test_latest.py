"""What waits, the latest of each key."""

from sipcore.storage.latest import Latest


def latest(capacity: int, counters: dict[str, int], rings: list[str]) -> Latest[str, int]:
    return Latest(capacity, lambda: rings.append("ring"), counters)


def test_the_latest_of_a_key_is_written() -> None:
    rings: list[str] = []
    waiting = latest(10, {"dropped": 0}, rings)
    for key, entry in (("a", 1), ("b", 2), ("a", 3)):
        waiting.put(key, entry)

    assert (sorted(waiting.take()), len(waiting), len(rings)) == ([2, 3], 0, 1)


def test_what_came_meanwhile_is_newer_than_what_is_put_back() -> None:
    rings: list[str] = []
    waiting = latest(10, {"dropped": 0}, rings)
    waiting.put("a", 1)
    waiting.put("b", 2)
    waiting.take()
    waiting.put("a", 3)
    waiting.put_back()

    assert (sorted(waiting.take()), len(rings)) == ([2, 3], 3)


def test_beyond_the_capacity_new_keys_are_dropped_and_counted() -> None:
    counters = {"dropped": 0}
    waiting = latest(1, counters, [])
    for key, entry in (("a", 1), ("b", 2), ("a", 3)):
        waiting.put(key, entry)

    assert (list(waiting.take()), counters) == ([3], {"dropped": 1})
