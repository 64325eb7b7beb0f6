"""What happens in the engine, as news."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from directory.queries.dial import DialAccount, DialDirectory, DialSite
from doorline.adapters.news import News, unchanged
from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallRefused,
    CallStarted,
    CodeAnswered,
    KeyAwaited,
    LegAnswered,
    LegRang,
    LegStarted,
    StageSkipped,
    StageStarted,
    TargetWoken,
    WakeFailed,
)
from sipcore.registrar.binding import BindingChanged, BindingRemoved
from tests.doorline.adapters.test_live_view import binding
from tests.support.calls_on_record import APP, DOOR, MONITOR, PLAN
from tests.support.clock import ManualClock
from tests.support.values import changed

ANN = {"kind": "app", "user": "2000000002", "display": "Ann"}


class Desk:
    """News with a list for an audience, while the visit `v1` and the call `c1` go on."""

    def __init__(self) -> None:
        self.told: list[tuple[int | None, str, float, dict[str, Any]]] = []
        directory = DialDirectory()
        account = DialAccount(1, "a", "indoor", "Kitchen", 7)
        directory.put_site(DialSite(7, "Court", "community", "UTC", "GB", accounts={"a": account}))
        legs = [SimpleNamespace(number=1, party=MONITOR), SimpleNamespace(number=2, party=APP)]
        ringing = SimpleNamespace(legs=legs)
        calls: dict[str, Any] = {
            "v1": SimpleNamespace(plan=PLAN, ringing=ringing),
            "c1": SimpleNamespace(plan=changed(PLAN, is_visit=False), ringing=ringing),
        }
        self.news = News(self._publish, directory, ManualClock(utc=500.0), calls.get)

    def _publish(
        self, site_id: int | None, name: str, at: float, detail: dict[str, object]
    ) -> None:
        assert json.dumps(detail)
        self.told.append((site_id, name, at, detail))


def test_a_visit_is_told_from_its_beginning_to_its_end() -> None:
    desk = Desk()
    facts: list[CallFact] = [
        CallStarted("v1", 100.0, "abc", PLAN),
        StageStarted("v1", 100.0, 0, "indoor", 1),
        TargetWoken("v1", 100.0, 0, APP),
        WakeFailed("v1", 100.5, 0, APP, "dead_token"),
        LegStarted("v1", 100.0, 0, 1, MONITOR, "sip:m@h"),
        LegRang("v1", 101.0, 1, 180),
        StageSkipped("v1", 130.0, 1, "guard", "nobody_reachable"),
        KeyAwaited("v1", 130.5, 2),
        LegAnswered("v1", 131.0, 2),
        CodeAnswered("v1", 135.0, DOOR, 200),
        CallEnded("v1", 140.0, "answered", "caller", "caller_hung_up", 200),
    ]
    for fact in facts:
        desk.news.heard(fact)

    assert [(site, name, at) for site, name, at, _ in desk.told] == [
        (1, "visit.started", 100.0),
        (1, "visit.stage", 100.0),
        (1, "visit.woken", 100.0),
        (1, "visit.wake_failed", 100.5),
        (1, "visit.rang", 101.0),
        (1, "visit.stage_skipped", 130.0),
        (1, "visit.key_awaited", 130.5),
        (1, "visit.answered", 131.0),
        (1, "door.answered", 135.0),
        (1, "visit.ended", 140.0),
    ]
    assert {how["call_id"] for _, _, _, how in desk.told} == {"v1"}
    assert desk.told[0][3]["stages"] == ["indoor", "app"]
    assert (desk.told[4][3]["party"]["display"], desk.told[7][3]["party"]) == ("Kitchen", ANN)
    assert desk.told[9][3]["outcome"] == "answered"


def test_a_call_that_is_no_visit_is_told_as_a_call() -> None:
    desk = Desk()
    desk.news.heard(StageStarted("c1", 100.0, 0, "indoor", 1))

    assert [name for _, name, _, _ in desk.told] == ["call.stage"]


@pytest.mark.parametrize(("is_visit", "name"), [(True, "visit.refused"), (False, "call.refused")])
def test_a_refused_call_is_told_though_it_never_was_one(is_visit: bool, name: str) -> None:
    desk = Desk()
    desk.news.heard(CallRefused("x", 100.0, "abc", DOOR, "9", 404, "unknown_number", is_visit))

    assert [(site, told, how["reason"]) for site, told, _, how in desk.told] == [
        (1, name, "unknown_number")
    ]


def test_what_concerns_no_call_that_goes_on_is_no_news() -> None:
    desk = Desk()
    desk.news.heard(StageStarted("gone", 100.0, 0, "indoor", 1))

    assert desk.told == []


def test_a_leg_that_nobody_knows_has_no_party() -> None:
    desk = Desk()
    desk.news.heard(LegRang("v1", 100.0, 9, 180))

    assert desk.told[0][3]["party"] is None


def test_doors_are_told_with_the_site_of_their_call() -> None:
    desk = Desk()
    desk.news.door("v1", 100.0, {"allowed": True, "relay": "Gate"})
    desk.news.door("v1", 101.0, {"allowed": False, "relay": "Gate"})
    desk.news.digits("v1", 102.0, {"reason": "no_code"})
    desk.news.door("gone", 103.0, {"allowed": True})

    assert [(site, name) for site, name, _, _ in desk.told] == [
        (1, "door.opened"),
        (1, "door.denied"),
        (1, "door.digits"),
        (None, "door.opened"),
    ]


def test_registrations_are_told_without_what_the_contact_carries() -> None:
    desk = Desk()
    contact = "sip:a@h;pn-prid=secret"
    desk.news.binding(BindingChanged(binding("a", contact)))
    desk.news.binding(BindingRemoved(binding("a", contact), "expired"))
    desk.news.binding(BindingRemoved(binding("nobody", contact), "removed"))
    unchanged("a", b"")

    assert [(site, name, at) for site, name, at, _ in desk.told] == [
        (7, "registration.changed", 500.0),
        (7, "registration.removed", 500.0),
        (None, "registration.removed", 500.0),
    ]
    assert "secret" not in str(desk.told)
    assert (desk.told[0][3]["display"], desk.told[1][3]["reason"]) == ("Kitchen", "expired")
