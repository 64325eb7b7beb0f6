"""A row in the door log for each ended visit."""

from directory.queries.dial import DialAccount, DialDirectory, DialSite
from doorline.adapters.visit_log import VisitLog
from sipcore.b2bua.facts import CallEnded, CallFact, CallRefused, CallStarted
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.endpoint.fact_listeners import FactListeners
from sipcore.storage.interrupted import InterruptedCall
from tests.support.door_log import Rows

DOOR = Party("door", "d1", "Main door", 7)


def visit_log() -> tuple[VisitLog, Rows]:
    directory = DialDirectory()
    account = DialAccount(1, "d1", "door", "Main door", 7, device_id=3)
    directory.put_site(DialSite(7, "Court", "community", "UTC", "GB", accounts={"d1": account}))
    kept = Rows()
    return VisitLog(directory, kept), kept


def hear(log: VisitLog, fact: CallFact) -> None:
    FactListeners(by_kind=[log.by_kind]).record(fact)


def plan(*, is_visit: bool) -> RingPlan:
    return RingPlan("indoor_then_app", DOOR, "1001", (), is_visit, "Flat 1001", 5)


def rows(kept: Rows) -> list[tuple[float, str, str, str, int | None]]:
    return [(e.at, e.device_name, e.call_id, e.outcome, e.status) for e in kept.entries]


def test_an_ended_visit_is_one_row_at_the_time_of_the_press() -> None:
    log, kept = visit_log()
    facts: list[CallFact] = [
        CallStarted("c1", 10.0, "sip-1", plan(is_visit=True)),
        CallEnded("c1", 40.0, "missed", "server", "no_answer", 480),
        CallStarted("c2", 50.0, "sip-2", plan(is_visit=True)),
        CallEnded("c2", 60.0, "answered", "callee", "bye", 0),
    ]
    for fact in facts:
        hear(log, fact)

    assert rows(kept) == [
        (10.0, "Main door", "c1", "missed", 480),
        (50.0, "Main door", "c2", "answered", None),
    ]
    assert len(log) == 0


def test_a_refused_visit_is_a_row_at_once() -> None:
    log, kept = visit_log()
    hear(log, CallRefused("c1", 10.0, "sip-1", DOOR, "9999", 404, "unknown_number", True))

    assert rows(kept) == [(10.0, "Main door", "c1", "refused", 404)]


def test_other_calls_leave_no_row() -> None:
    log, kept = visit_log()
    facts: list[CallFact] = [
        CallStarted("c1", 10.0, "sip-1", plan(is_visit=False)),
        CallEnded("c1", 40.0, "answered", "caller", "bye", 0),
        CallRefused("c2", 50.0, "sip-2", DOOR, "9", 404, "unknown_number", False),
    ]
    for fact in facts:
        hear(log, fact)

    assert kept.entries == []


def test_a_visit_past_the_server_says_so() -> None:
    log, kept = visit_log()
    hear(log, CallStarted("c1", 10.0, "", RingPlan("ip", DOOR, "10.0.0.2", (), True)))
    hear(log, CallEnded("c1", 40.0, "answered", "caller", "caller_hung_up", 0))
    log.interrupted([InterruptedCall("c2", True, "d1", 5, 50.0, 52.0, "ip")])
    log.interrupted([InterruptedCall("c3", True, "d1", 5, 60.0, 62.0)])

    assert [entry.method for entry in kept.entries] == ["ip_call", "ip_call", "call"]


def test_a_visit_cut_by_the_end_of_the_server_is_a_row_like_any_other() -> None:
    log, kept = visit_log()

    log.interrupted(
        [
            InterruptedCall("c1", True, "d1", 5, 10.0, 12.0),
            InterruptedCall("c2", False, "d1", None, 20.0, 21.0),
        ]
    )

    assert rows(kept) == [(10.0, "Main door", "c1", "interrupted", None)]
    assert kept.entries[0].apartment_id == 5
