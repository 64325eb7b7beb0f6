"""The shell round the subscriptions; the sections of RFC 6665 are in tests/conformance."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.events.dialog_info import DialogPackage
from sipcore.events.package import Sight
from sipcore.events.roster import Roster
from sipcore.events.wish import SubscriptionPolicy
from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding, BindingChanged, Changes
from tests.support.peers import invite, reply
from tests.support.watchers import GUARD, Watcher, body_of, state_of, states_in, subscribe
from tests.support.wire import DOOR, MONITOR, Wire, requests, responses, stage

BINDING = Binding(
    *("monitor", "sip:monitor@192.0.2.11", b"c", 1, 2e9, 1.0, (), MONITOR),
    *("", "", 0, "", 1.0, b"", -1),
)


def wire(**limits: int) -> Wire:
    """An endpoint with one monitor; `limits` are those of its subscriptions."""
    on = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    if limits:
        notifier = on.endpoint.notifier
        notifier._policy = SubscriptionPolicy(**limits)
        notifier._roster = Roster(notifier._policy)
    return on


def test_the_answer_goes_out_before_the_notify() -> None:
    sent = wire().receive(subscribe(), GUARD)

    assert [type(message).__name__ for message, _ in sent] == ["Response", "Request"]


def test_the_oldest_subscription_of_an_account_makes_room_for_one_more() -> None:
    on = wire(per_subscriber=2)
    watchers = [Watcher.of(on, call_id=f"w{number}", target=f"t{number}") for number in range(2)]

    sent = on.receive(subscribe(call_id="w3", target="t3"), GUARD)

    (ended,) = watchers[0].take(sent)
    assert state_of(ended) == "terminated;reason=rejected"
    assert [answer.status for answer in responses(sent)] == [200]
    assert on.endpoint.subscriptions == 2


@pytest.mark.parametrize("limit", ["per_target", "in_all"])
def test_one_subscription_too_many_is_503(limit: str) -> None:
    on = wire(**{limit: 1})
    Watcher.of(on)

    sent = on.receive(subscribe(call_id="other", user="2000000002"), GUARD)

    (answer,) = responses(sent)
    assert answer.status == 503
    assert 5 <= int(answer.first(b"retry-after") or 0) <= 30
    assert on.endpoint.counters["subscriptions_refused"] == 1


def test_a_full_table_of_transactions_refuses_and_keeps_nothing() -> None:
    on = wire()
    on.endpoint.table.max_transactions = 0

    sent = on.receive(subscribe(), GUARD)

    assert [answer.status for answer in responses(sent)] == [503]
    assert on.endpoint.subscriptions == 0


def test_a_full_table_of_transactions_refuses_a_refresh_and_keeps_the_subscription() -> None:
    on = wire()
    watcher = Watcher.of(on)
    on.endpoint.table.max_transactions = 0

    sent = watcher.again()

    assert [answer.status for answer in responses(sent)] == [503]
    assert on.endpoint.subscriptions == 1


def test_who_may_see_less_than_before_sees_less() -> None:
    on = wire()
    watcher = Watcher.of(on)
    on.watching.sight = Sight.STATE_ONLY

    (leg,) = requests(on.receive(invite(DOOR), DOOR), b"INVITE")
    (notify,) = watcher.take(on.advance(0.1))

    assert (states_in(notify), leg.call_id in notify.body) == (["trying"], False)


def test_a_refresh_of_who_may_not_watch_any_more_is_403() -> None:
    on = wire()
    watcher = Watcher.of(on)
    on.watching.denied["2000000001", "monitor"] = 403

    sent = watcher.again()

    assert [answer.status for answer in responses(sent)] == [403]
    assert [state_of(notify) for notify in watcher.take(sent)] == ["terminated;reason=rejected"]


def test_a_subscription_follows_its_subscriber_to_a_new_stream() -> None:
    on = wire()
    old, new = (Flow("TCP", 0, "192.0.2.31", 40000 + n, n) for n in (1, 2))
    watcher = Watcher.of(on, old)
    watcher.flow = new
    watcher.take(watcher.again())

    on.endpoint._flow_closed(old)
    kept = on.endpoint.subscriptions
    on.endpoint._flow_closed(new)

    assert (kept, on.endpoint.subscriptions) == (1, 0)


def test_while_the_server_stops_nobody_subscribes_anew() -> None:
    on = wire()
    on.endpoint.admission.is_draining = True

    (answer,) = responses(on.receive(subscribe(), GUARD))

    assert answer.status == 503
    assert 5 <= int(answer.first(b"retry-after") or 0) <= 30


async def test_the_end_of_the_server_ends_every_subscription() -> None:
    on = wire()
    watcher = Watcher.of(on)

    on.endpoint.notifier.end_all(on.clock.monotonic())
    (notify,) = watcher.take(on.taken())
    await on.endpoint.drain(0.0)

    assert state_of(notify) == "terminated;reason=deactivated;retry-after=10"
    assert (notify.body, on.endpoint.subscriptions) == (b"", 0)


def test_a_late_answer_to_a_notify_of_a_forgotten_subscription_changes_nothing() -> None:
    on = wire()
    stream = Flow("TCP", 0, "192.0.2.31", 40001, 5)
    (notify,) = requests(on.receive(subscribe(stream), stream), b"NOTIFY")
    on.endpoint.notifier.flow_closed(stream)

    on.receive(reply(notify, 200, flow=stream), stream)
    on.advance(40.0)

    assert on.remains == {}


def test_one_change_is_told_to_everybody_who_watches() -> None:
    on = wire()
    watchers = [
        Watcher.of(on, call_id=f"w{number}", user=f"200000000{number}") for number in range(3)
    ]
    on.receive(invite(DOOR), DOOR)

    sent = on.advance(0.1)

    assert [len(watcher.take(sent)) for watcher in watchers] == [1, 1, 1]


def test_what_is_done_is_counted() -> None:
    on = wire()
    Watcher.of(on)

    counters = on.endpoint.counters
    names = ("requests_SUBSCRIBE", "subscriptions_started", "notifications_sent", "responses_200")
    assert [counters[name] for name in names] == [1, 1, 1, 1]


def test_a_finished_subscription_leaves_nothing_for_the_garbage_collector() -> None:
    on = wire()

    def life(name: str) -> None:
        watcher = Watcher.of(on, call_id=name)
        watcher.take(watcher.again(expires=0))
        on.advance(70.0)

    life("first")  # fills every cache
    gc.collect()
    gc.disable()
    try:
        life("second")
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_versions_of_two_subscriptions_are_their_own() -> None:
    on = wire()
    one = Watcher.of(on)
    one.take(one.again())

    two = Watcher.of(on, call_id="two")

    assert [body_of(w.notifies[-1]).get("version") for w in (one, two)] == ["1", "0"]


def test_a_bug_in_a_package_costs_no_place_in_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    on = wire()

    def fail(*args: object) -> bytes:
        raise RuntimeError("planted")

    monkeypatch.setattr(DialogPackage, "full", fail)
    sent = on.receive(subscribe(), GUARD)
    on.advance(40.0)

    assert [answer.status for answer in responses(sent)] == [200]
    assert (on.remains, on.endpoint.counters["internal_errors"]) == ({}, 1)


@pytest.mark.interpreted
def test_a_bug_in_a_package_keeps_nobody_from_registering(monkeypatch: pytest.MonkeyPatch) -> None:
    on = wire()
    Watcher.of(on, event="reg")

    def fail(*args: object) -> None:
        raise RuntimeError("planted")

    monkeypatch.setattr(on.endpoint.notifier._roster, "watchers", fail)
    on.location.apply("monitor", Changes((BINDING,), (BindingChanged(BINDING),)))

    assert on.location.bindings("monitor") == (BINDING,)
    assert on.endpoint.counters["internal_errors"] == 1


HEADER_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from(';,="<>'), max_size=40
)


@given(HEADER_TEXT, HEADER_TEXT, HEADER_TEXT, st.integers(-5, 2**40))
def test_whatever_a_subscribe_says_it_is_answered_and_nothing_breaks(
    event: str, accept: str, contact: str, expires: int
) -> None:
    on = wire()
    data = subscribe(
        event=event, expires=expires, contact=contact or "x", extra=(f"Accept: {accept}",)
    )

    (answer,) = responses(on.receive(data, GUARD))
    on.advance(40.0)

    assert answer.status in (200, 400, 406, 423, 489)
    assert on.endpoint.counters["internal_errors"] == 0
    assert on.remains == {}


@given(HEADER_TEXT, HEADER_TEXT)
def test_whatever_a_dialog_event_names_the_documents_can_be_read(call_id: str, tag: str) -> None:
    on = wire()
    quoted = call_id.replace("\\", "").replace('"', "")
    for event in (f'dialog;call-id="{quoted}"', f"dialog;to-tag={tag}", f"dialog;id={tag}"):
        sent = on.receive(subscribe(event=event, call_id="c", branch=f"z9hG4bK{len(event)}"), GUARD)
        for notify in requests(sent, b"NOTIFY"):
            assert body_of(notify).get("version") == "0"
    assert on.endpoint.counters["internal_errors"] == 0


def test_a_subscription_of_a_sips_contact_shows_sips_in_its_200_and_in_every_notify() -> None:
    """RFC 3261 §12.1.1."""
    sent = wire().receive(subscribe(contact="<sips:guard@192.0.2.31>"), GUARD)

    assert [message.first(b"contact") for message, _ in sent] == [b"<sips:192.0.2.100:5060>"] * 2
