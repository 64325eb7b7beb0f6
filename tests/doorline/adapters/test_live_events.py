"""Those who listen: what they are told, what they miss, how many there may be."""

import json
from typing import Any

import pytest

from admin_api.rows import EventWish, LiveEvent
from admin_api.services import TooManyFollowers
from doorline.adapters import live_events
from doorline.adapters.live_events import MAX_BEHIND, MAX_OF_ONE, STALE, LiveEvents
from tests.support.clock import ManualClock


class Hub:
    """Live events with switches that count."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.switched: list[str] = []
        self.events = LiveEvents(
            self.clock,
            "run",
            join=lambda: self.switched.append("on"),
            part=lambda: self.switched.append("off"),
        )

    def listen(self, after: str | None = None, listener: str = "me") -> live_events._Follower:
        return self.events.follow(EventWish(None, listener, after=after))

    def happen(self, count: int = 1) -> None:
        for _ in range(count):
            self.events.publish(1, "visit.rang", 100.0, {})


def ids(told: tuple[LiveEvent, ...] | None) -> list[str]:
    assert told is not None
    return [event.id for event in told]


def losses(told: tuple[LiveEvent, ...] | None) -> list[Any]:
    assert told is not None
    return [json.loads(event.data) for event in told if event.name == "dropped"]


async def test_the_first_who_listens_switches_it_on_and_the_last_off_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_events, "KEEP", 0.0)
    hub = Hub()
    first, second = hub.listen(), hub.listen()
    first.leave()
    second.leave()
    at_once = list(hub.switched)
    await hub.listen().told(0.0)

    assert (at_once, hub.switched, hub.events.is_on) == (["on"], ["on"], True)
    hub.events.stop()
    assert (hub.switched, hub.events.is_on) == (["on", "off"], False)


async def test_who_comes_back_hears_what_it_missed() -> None:
    hub = Hub()
    hub.listen()
    hub.happen(5)

    assert ids(await hub.listen("run-3").told(0.0)) == ["run-4", "run-5"]
    assert ids(await hub.listen("run-5").told(0.0)) == []
    hub.events.stop()


@pytest.mark.parametrize(
    "after", ["run-1", "run-99999", "other-4", "run-", "x", "run-9" + "9" * 40]
)
async def test_who_comes_back_too_late_is_told_that_events_are_missing(
    after: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_events, "MAX_KEPT", 3)
    hub = Hub()
    hub.listen()
    hub.happen(5)

    told = await hub.listen(after).told(0.0)

    assert losses(told) == [{"reason": "resume"}]
    assert ids(told) == [""]
    hub.events.stop()


async def test_what_happened_while_nobody_was_told_is_missing() -> None:
    hub = Hub()
    hub.listen()
    hub.happen(2)
    hub.events.stop()  # as it rests when nobody listens

    assert losses(await hub.listen("run-2").told(0.0)) == [{"reason": "resume"}]
    hub.events.stop()


async def test_who_reads_too_slowly_hears_how_many_were_dropped() -> None:
    hub = Hub()
    slow = hub.listen()
    hub.happen(MAX_BEHIND + 3)

    told = await slow.told(0.0)
    hub.happen()
    later = await slow.told(0.0)

    assert (len(told or ()), losses(told)) == (
        MAX_BEHIND + 1,
        [{"reason": "too_slow", "events": 3}],
    )
    assert ids(later) == [f"run-{MAX_BEHIND + 4}"]
    hub.events.stop()


async def test_it_waits_for_what_comes_and_no_longer_than_it_should() -> None:
    hub = Hub()
    follower = hub.listen()

    assert await follower.told(0.01) == ()
    hub.happen()
    assert ids(await follower.told(10.0)) == ["run-1"]
    hub.events.stop()
    assert await follower.told(10.0) is None


async def test_one_operator_has_so_many_streams_and_all_of_them_so_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hub = Hub()
    mine = [hub.listen() for _ in range(MAX_OF_ONE)]
    with pytest.raises(TooManyFollowers):
        hub.listen()
    hub.listen(listener="somebody else")
    mine[0].leave()
    hub.listen()

    monkeypatch.setattr(live_events, "MAX_FOLLOWERS", len(hub.events))
    with pytest.raises(TooManyFollowers):
        hub.listen(listener="a third")
    hub.events.stop()


async def test_who_has_not_read_for_long_makes_room() -> None:
    hub = Hub()
    stuck = [hub.listen() for _ in range(MAX_OF_ONE)]
    hub.clock.advance(STALE + 1)

    hub.listen()

    assert len(hub.events) == 1
    assert await stuck[0].told(0.0) is None
    hub.events.stop()


async def test_only_what_is_wanted_is_told() -> None:
    hub = Hub()
    wish = EventWish(frozenset({1, 2}), "me", site_id=2, kind="door")
    follower = hub.events.follow(wish)
    for site, name in ((1, "door.opened"), (2, "visit.rang"), (2, "door.opened"), (None, "door.x")):
        hub.events.publish(site, name, 100.0, {})

    assert ids(await follower.told(0.0)) == ["run-3"]
    hub.events.stop()
