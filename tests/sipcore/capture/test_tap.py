"""The tap between sockets and engine."""

from sipcore.capture.captured import Addresses, Captured
from sipcore.capture.tap import MAX_WATCHERS, CaptureTap
from sipcore.kernel.flow import Flow
from tests.support.clock import ManualClock

PHONE = Flow("UDP", 0, "192.0.2.7", 5062)
AT = 1_800_000_000.0


def received(data: bytes) -> Captured:
    return Captured(AT, True, PHONE, data)


def test_both_directions_are_kept_in_order() -> None:
    tap = CaptureTap(ManualClock(), 10)

    tap.received(b"in", PHONE)
    tap.sending(b"out", PHONE)

    assert tap.kept() == (received(b"in"), Captured(AT, False, PHONE, b"out"))


def test_only_the_last_messages_are_kept() -> None:
    tap, none = CaptureTap(ManualClock(), 2), CaptureTap(ManualClock(), 0)
    seen = []
    for data in (b"1", b"2", b"3", b"4", b"5"):
        tap.received(data, PHONE)
        none.received(data, PHONE)
        seen.append([message.data for message in tap.kept()])

    assert seen == [[b"1"], [b"1", b"2"], [b"2", b"3"], [b"3", b"4"], [b"4", b"5"]]
    assert none.kept() == ()


def test_watchers_are_told_from_when_they_come_until_they_leave() -> None:
    tap, seen = CaptureTap(ManualClock(), 0), list[Captured]()
    take = tap.received

    take(b"before", PHONE)
    assert tap.watch(seen.append)
    take(b"during", PHONE)
    tap.leave(seen.append)
    take(b"after", PHONE)

    assert seen == [received(b"during")]


def test_a_watcher_may_leave_while_it_is_told() -> None:
    tap, seen = CaptureTap(ManualClock(), 0), list[bytes]()

    def once(message: Captured) -> None:
        seen.append(message.data)
        tap.leave(once)

    tap.watch(once)
    tap.watch(lambda message: seen.append(message.data.upper()))
    tap.received(b"a", PHONE)
    tap.received(b"b", PHONE)

    assert seen == [b"a", b"A", b"B"]


def test_there_is_a_most_of_watchers() -> None:
    tap = CaptureTap(ManualClock(), 0)
    watchers = [list[Captured]().append for _ in range(MAX_WATCHERS + 1)]

    assert [tap.watch(watcher) for watcher in watchers] == [True] * MAX_WATCHERS + [False]


def test_the_way_needs_to_know_this_servers_end() -> None:
    tap = CaptureTap(ManualClock(), 1)
    unknown = tap.way(received(b""))
    tap.local_end = lambda flow: ("198.51.100.1", 5060 + flow.listener)

    assert unknown == Addresses("UDP", "192.0.2.7", 5062, "0.0.0.0", 0)  # noqa: S104 - not bound to
    assert tap.way(received(b"")) == Addresses("UDP", "192.0.2.7", 5062, "198.51.100.1", 5060)
