"""RFC 6665, SIP-specific event notification, section by section: this server as the notifier."""

import pytest

from sipcore.kernel.flow import Flow
from sipcore.message.message import Response
from sipcore.registrar.digest import Authenticated, Challenged
from tests.support.peers import invite, message, reply
from tests.support.watchers import GUARD, Watcher, body_of, state_of, subscribe
from tests.support.wire import DOOR, MONITOR, Holder, Wire, requests, responses, stage

NEIGHBOUR = Flow("UDP", 0, "203.0.113.9", 5060)


def wire() -> Wire:
    """An endpoint with one monitor that a door may ring."""
    return Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})


def answer_to(data: bytes, on: Wire | None = None) -> Response:
    """The one response to a SUBSCRIBE."""
    (answer,) = responses((on or wire()).receive(data, GUARD))
    return answer


# -- §3.1 ----------------------------------------------------------------------------------------


def test_the_granted_duration_is_in_the_200() -> None:
    """§3.1.1: 200-class responses to SUBSCRIBE MUST contain Expires; it may only be shorter."""
    assert Watcher.of(wire(), expires=600).accepted.expires == 600
    assert (Watcher.of(wire(), expires=4_000_000).accepted.expires or 0) < 4_000_000


@pytest.mark.parametrize(("event", "seconds"), [("dialog", 3600), ("reg", 3761)])
def test_without_expires_the_package_decides(event: str, seconds: int) -> None:
    """§3.1.1: a default value defined by the event package."""
    assert Watcher.of(wire(), event=event, expires=None).accepted.expires == seconds


def test_two_events_are_one_too_many() -> None:
    """§3.1.2: subscribers MUST include exactly one Event header field."""
    assert answer_to(subscribe(extra=("Event: reg",))).status == 400


def test_a_malformed_event_is_400() -> None:
    """§8.4: the event type is a token."""
    assert answer_to(subscribe(event="dia log")).status == 400


def test_a_format_that_nobody_accepts_is_406() -> None:
    """§3.1.3: Accept lists the body formats of the NOTIFYs."""
    answer = answer_to(subscribe(extra=("Accept: application/pidf+xml",)))

    assert (answer.status, answer.first(b"accept")) == (406, b"application/dialog-info+xml")


def test_a_format_that_is_declined_by_name_is_406() -> None:
    """RFC 3261 §20.1: a q of 0 means "not this", whatever a wider range says."""
    declined = "Accept: application/dialog-info+xml;q=0, */*"

    assert answer_to(subscribe(extra=(declined,))).status == 406


@pytest.mark.parametrize(
    "accept", ["application/dialog-info+xml;q=0.8, text/plain", "application/*", "*/*"]
)
def test_a_format_among_those_accepted_is_fine(accept: str) -> None:
    """§3.1.3, RFC 3261 §20.1."""
    assert answer_to(subscribe(extra=(f"Accept: {accept}",))).status == 200


# -- §4.2.1.1 ------------------------------------------------------------------------------------


def test_an_unknown_package_is_489_and_the_known_ones_are_named() -> None:
    """§4.2.1.1, §4.4.4."""
    answer = answer_to(subscribe(event="presence"))

    assert (answer.status, answer.first(b"allow-events")) == (489, b"dialog, reg")


def test_what_becomes_of_a_refer_is_told_inside_its_dialog_alone() -> None:
    """RFC 3515 §2.4.4: a SUBSCRIBE for `refer` outside of it SHOULD be 403."""
    assert answer_to(subscribe(event="refer")).status == 403


def test_no_event_at_all_is_489() -> None:
    """§4.2.3: a notifier that does not support PINT SHOULD return 489."""
    assert answer_to(subscribe(event=None)).status == 489


@pytest.mark.parametrize("event", ["dialog.winfo", "Dialog"])
def test_a_template_or_another_case_is_another_package(event: str) -> None:
    """§5.2, §8.2.1: event types are compared octet by octet."""
    assert answer_to(subscribe(event=event)).status == 489


def test_too_short_a_duration_is_423_with_the_least() -> None:
    """§4.2.1.1: greater than zero, smaller than an hour and less than the minimum."""
    answer = answer_to(subscribe(expires=5))

    assert (answer.status, answer.first(b"min-expires")) == (423, b"60")


def test_a_subscription_without_contact_is_400() -> None:
    """§4.1.2.1 and RFC 3261 §12.1.1: SUBSCRIBE makes a dialog, and a dialog has a target."""
    assert answer_to(subscribe(contact="")).status == 400


def test_the_compact_form_of_event_is_understood() -> None:
    """§8.4: `o`."""
    assert answer_to(subscribe(event=None, extra=("o: dialog",))).status == 200


def test_an_unsupported_extension_is_420() -> None:
    """RFC 3261 §8.2.2.3."""
    answer = answer_to(subscribe(extra=("Require: eventlist",)))

    assert (answer.status, answer.first(b"unsupported")) == (420, b"eventlist")


# -- §4.2.1.2 ------------------------------------------------------------------------------------


def test_a_notify_follows_the_200_at_once_in_the_same_dialog() -> None:
    """§4.2.1.2, §4.4.1: Call-ID, tags and Event are those of the SUBSCRIBE."""
    sent = wire().receive(subscribe(event="dialog;id=7"), GUARD)

    (accepted, _), (notify, flow) = sent
    assert isinstance(accepted, Response)
    assert flow == GUARD
    assert (notify.call_id, notify.from_tag, notify.to_tag) == (
        accepted.call_id,
        accepted.to_tag,
        b"watcher-tag",
    )
    assert notify.first(b"event") == b"dialog;id=7"
    assert notify.first(b"subscription-state") == b"active;expires=600"
    assert notify.first(b"max-forwards") == b"70"
    assert notify.first(b"contact") == accepted.first(b"contact")


def test_the_notify_goes_to_the_contact_along_the_recorded_route() -> None:
    """RFC 3261 §12.1.1, §12.2.1.1: Record-Route is copied into the 200 and is the route set."""
    proxy = "<sip:edge.test;lr>"
    sent = wire().receive(
        subscribe(contact="<sip:guard@10.9.9.9>", extra=(f"Record-Route: {proxy}",)), GUARD
    )

    (notify,) = requests(sent, b"NOTIFY")
    assert responses(sent)[0].first(b"record-route") == proxy.encode()
    assert (notify.uri, notify.first(b"route")) == (b"sip:guard@10.9.9.9", proxy.encode())


# -- §4.2.1.3 ------------------------------------------------------------------------------------


def test_an_unauthenticated_subscribe_is_401() -> None:
    """§4.2.1.3: always 401, never 407."""
    on = wire()
    on.gate.outcome = Challenged((b'WWW-Authenticate: Digest realm="doorline.test"',))

    answer = answer_to(subscribe(), on)

    assert answer.status == 401
    assert on.remains == {}


def test_nobody_subscribes_in_anothers_name() -> None:
    """§6.1: From must be the account that authenticated itself."""
    on = wire()
    on.gate.outcome = Authenticated(Holder("somebody-else"))

    assert answer_to(subscribe(), on).status == 403


def test_who_may_not_watch_is_refused_and_nothing_is_kept() -> None:
    """§4.2.1.3."""
    on = wire()
    on.watching.denied["2000000001", "monitor"] = 403

    assert answer_to(subscribe(), on).status == 403
    assert on.endpoint.subscriptions == 0


# -- §4.2.1.4 ------------------------------------------------------------------------------------


def test_a_refresh_extends_the_subscription_and_tells_the_state_again() -> None:
    """§4.2.1.4, §4.2.1.2."""
    on = wire()
    watcher = Watcher.of(on, expires=100)
    on.advance(90.0)

    sent = watcher.again(expires=200)

    assert responses(sent)[0].expires == 200
    (notify,) = watcher.take(sent)
    assert notify.first(b"subscription-state") == b"active;expires=200"
    assert requests(on.advance(150.0), b"NOTIFY") == []


def test_the_sequence_and_the_version_rise_with_each_notify() -> None:
    """RFC 3261 §12.2.1.1, §5.3.2."""
    watcher = Watcher.of(wire())
    watcher.take(watcher.again())

    first, second = watcher.notifies
    assert second.cseq.number == first.cseq.number + 1
    assert [body_of(n).get("version") for n in (first, second)] == ["0", "1"]


def test_a_refresh_moves_the_subscription_to_a_new_contact() -> None:
    """RFC 3261 §12.2.2: SUBSCRIBE is a target refresh request."""
    watcher = Watcher.of(wire())

    (notify,) = watcher.take(watcher.again(contact="<sip:moved@192.0.2.31:5060>"))

    assert notify.uri == b"sip:moved@192.0.2.31:5060"


def test_a_refresh_that_is_too_short_is_423() -> None:
    """§4.2.1.4."""
    sent = Watcher.of(wire()).again(expires=3)

    assert [answer.status for answer in responses(sent)] == [423]
    assert requests(sent, b"NOTIFY") == []


def test_a_refused_refresh_moves_nothing() -> None:
    """RFC 6141 §4.6: only an accepted SUBSCRIBE refreshes the target."""
    watcher = Watcher.of(wire())
    watcher.again(expires=3, contact="<sip:moved@192.0.2.31:5060>")

    (notify,) = watcher.take(watcher.again())

    assert notify.uri == b"sip:2000000001@192.0.2.31:5060"


def test_a_subscription_that_is_not_refreshed_ends_with_a_notify() -> None:
    """§4.2.1.4: terminated, reason=timeout."""
    on = wire()
    watcher = Watcher.of(on, expires=60)

    (notify,) = watcher.take(on.advance(61.0))
    on.advance(40.0)

    assert state_of(notify) == "terminated;reason=timeout"
    assert on.remains == {}


def test_expires_0_ends_the_subscription_with_its_state() -> None:
    """§4.2.1.4."""
    on = wire()
    watcher = Watcher.of(on)

    sent = watcher.again(expires=0)
    (notify,) = watcher.take(sent)
    on.advance(40.0)

    assert responses(sent)[0].first(b"expires") == b"0"
    assert state_of(notify) == "terminated;reason=timeout"
    assert body_of(notify).get("state") == "full"
    assert on.remains == {}


def test_a_refresh_of_another_event_is_481() -> None:
    """§4.5.2: one subscription, one dialog."""
    sent = Watcher.of(wire()).again(event="reg")

    assert [answer.status for answer in responses(sent)] == [481]


def test_a_refresh_with_a_number_seen_before_is_refused() -> None:
    """RFC 3261 §12.2.2: lower than the remote sequence number: 500."""
    watcher = Watcher.of(wire(), cseq=50)

    sent = watcher.again(cseq=7)

    assert [answer.status for answer in responses(sent)] == [500]


def test_a_repeated_subscribe_is_answered_once_more_and_not_served_twice() -> None:
    """RFC 3261 §17.2.2."""
    on = wire()
    on.receive(subscribe(), GUARD)

    sent = on.receive(subscribe(), GUARD)

    assert [answer.status for answer in responses(sent)] == [200]
    assert (requests(sent, b"NOTIFY"), on.endpoint.subscriptions) == ([], 1)


def test_a_copy_that_took_another_path_is_482() -> None:
    """RFC 3261 §8.2.2.2."""
    on = wire()
    on.receive(subscribe(), GUARD)

    assert answer_to(subscribe(branch="z9hG4bKelsewhere"), on).status == 482


@pytest.mark.parametrize("field", ["to_tag", "tag", "call_id"])
def test_a_subscribe_of_an_unknown_dialog_is_481(field: str) -> None:
    """§4.1.2.2: the subscriber learns that its subscription is gone."""
    sent = Watcher.of(wire()).again(**{field: "other"})

    assert [answer.status for answer in responses(sent)] == [481]


def test_a_refresh_from_a_strangers_host_is_481() -> None:
    """§6.4: whoever learned the tags cannot take the subscription over."""
    on = wire()
    watcher = Watcher.of(on)

    sent = watcher.again(flow=NEIGHBOUR, contact="<sip:thief@203.0.113.9>")

    assert [answer.status for answer in responses(sent)] == [481]
    assert on.endpoint.subscriptions == 1


def test_a_refresh_from_where_the_subscriber_is_registered_is_taken() -> None:
    """A phone that changed its network registers first and refreshes then."""
    on = wire()
    watcher = Watcher.of(on)
    on.contacts.flows["2000000001"] = [NEIGHBOUR]

    sent = watcher.again(flow=NEIGHBOUR)

    assert [answer.status for answer in responses(sent)] == [200]
    assert requests(sent, b"NOTIFY")[0].uri.endswith(b"203.0.113.9:5060")


def test_other_methods_have_no_place_in_the_dialog_of_a_subscription() -> None:
    """RFC 5057 §4.1."""
    on = wire()
    watcher = Watcher.of(on)
    tag = watcher.accepted.to_tag.decode()

    def ask(method: str) -> int:
        data = subscribe(to_tag=tag, cseq=9, branch=f"z9hG4bK{method}")
        sent = on.receive(data.replace(b"SUBSCRIBE", method.encode()), GUARD)
        return responses(sent)[0].status

    assert {method: ask(method) for method in ("BYE", "INFO", "INVITE")} == {
        "BYE": 481,
        "INFO": 481,
        "INVITE": 481,
    }
    assert ask("OPTIONS") == 200
    assert on.endpoint.subscriptions == 1


# -- §4.2.2 --------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [404, 405, 410, 416, 480, 481, 482, 485, 489, 501, 604])
def test_a_refused_notify_removes_the_subscription(status: int) -> None:
    """§4.2.2: 404, 405, 410, 416, 480-485, 489, 501, 604 MUST remove it."""
    on = wire()
    (notify,) = requests(on.receive(subscribe(), GUARD), b"NOTIFY")

    on.receive(reply(notify, status), GUARD)

    assert on.endpoint.subscriptions == 0
    assert on.endpoint.counters["subscriptions_lost"] == 1


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_other_failures_leave_it(status: int) -> None:
    """§4.2.2, RFC 5057 §5.1: they concern one transaction."""
    on = wire()
    (notify,) = requests(on.receive(subscribe(), GUARD), b"NOTIFY")

    on.receive(reply(notify, status), GUARD)

    assert on.endpoint.subscriptions == 1


def test_after_a_refused_notify_the_next_tells_the_whole_state() -> None:
    """Nobody knows what the subscriber has seen."""
    on = wire()
    watcher = Watcher.of(on)
    watcher.take(watcher.again(), status=500)

    (leg,) = requests(on.receive(invite(DOOR), DOOR), b"INVITE")
    (notify,) = watcher.take(on.advance(0.1))

    assert body_of(notify).get("state") == "full"
    assert leg.uri.startswith(b"sip:monitor")


def test_a_notify_that_nobody_answers_removes_the_subscription() -> None:
    """§4.2.2: Timer F."""
    on = wire()
    on.receive(subscribe(), GUARD)

    on.advance(33.0)

    assert on.endpoint.subscriptions == 0
    on.advance(40.0)
    assert on.remains == {}


def test_a_stream_that_ends_takes_its_subscriptions_along() -> None:
    """RFC 5626 §4.2: the subscriber comes back over a new flow and subscribes anew."""
    on = wire()
    stream = Flow("TCP", 0, "192.0.2.31", 40123, 9)
    Watcher.of(on, stream)

    on.endpoint._flow_closed(stream)

    assert on.endpoint.subscriptions == 0


def test_a_flow_that_is_gone_removes_the_subscription() -> None:
    """§4.2.2: the NOTIFY cannot be sent."""
    on = wire()
    on.broken.add(GUARD)

    on.receive(subscribe(), GUARD)

    assert on.endpoint.subscriptions == 0


def test_who_lost_the_right_to_watch_is_told_so_and_nothing_more() -> None:
    """§4.1.3: rejected; noresource when what was watched is gone."""
    for status, reason in ((403, "rejected"), (404, "noresource")):
        on = wire()
        watcher = Watcher.of(on)
        on.watching.denied["2000000001", "monitor"] = status
        on.receive(invite(DOOR), DOOR)

        (notify,) = watcher.take(on.advance(1.0))

        assert (state_of(notify), notify.body) == (f"terminated;reason={reason}", b"")
        assert on.endpoint.subscriptions == 0


def test_changes_are_told_once_a_second_at_the_most() -> None:
    """§5.4.10; RFC 4235 §3.10."""
    on = wire()
    watcher = Watcher.of(on)
    for number in range(8):
        on.receive(invite(DOOR, branch=f"z9hG4bK{number}", call_id=f"call{number}"), DOOR)
        watcher.take(on.advance(0.3))

    told = len(watcher.notifies) - 1
    watcher.take(on.advance(2.0))

    assert told == 3
    assert len(watcher.notifies) == 5
    assert [body_of(n).get("version") for n in watcher.notifies] == ["0", "1", "2", "3", "4"]


def test_a_change_waits_while_a_notify_is_unanswered() -> None:
    """§4.2.2: throttling; what is on its way arrives in order."""
    on = wire()
    (first,) = requests(on.receive(subscribe(), GUARD), b"NOTIFY")
    on.receive(invite(DOOR), DOOR)

    while_waiting = requests(on.advance(0.4), b"NOTIFY")
    on.receive(reply(first, 200, flow=GUARD), GUARD)
    after = requests(on.advance(0.1), b"NOTIFY")

    assert (while_waiting, len(after)) == ([], 1)


# -- §4.4 ----------------------------------------------------------------------------------------


def test_a_subscription_of_0_seconds_fetches_the_state_once() -> None:
    """§4.4.3: one NOTIFY, terminated, reason=timeout."""
    on = wire()
    watcher = Watcher.of(on, expires=0)
    on.advance(40.0)

    (notify,) = watcher.notifies
    assert state_of(notify) == "terminated;reason=timeout"
    assert body_of(notify).get("state") == "full"
    assert on.remains == {}


def test_options_names_the_packages() -> None:
    """§4.4.4."""
    data = subscribe().replace(b"SUBSCRIBE", b"OPTIONS")

    answer = answer_to(data)

    assert answer.first(b"allow-events") == b"dialog, reg"
    assert b"SUBSCRIBE" in (answer.first(b"allow") or b"")


def test_publish_stays_unknown() -> None:
    """RFC 3903: nobody publishes here."""
    answer = answer_to(subscribe().replace(b"SUBSCRIBE", b"PUBLISH"))

    assert (answer.status, b"PUBLISH" in (answer.first(b"allow") or b"")) == (405, False)


def test_a_cancel_of_a_subscribe_changes_nothing() -> None:
    """§4.6: the request is answered already when a CANCEL comes (RFC 3261 §9.2)."""
    on = wire()
    on.receive(subscribe(branch="z9hG4bKc"), GUARD)
    cancel = message(
        "CANCEL sip:monitor@doorline.test SIP/2.0",
        [
            "Via: SIP/2.0/UDP 192.0.2.31:5060;rport;branch=z9hG4bKc",
            "From: <sip:2000000001@doorline.test>;tag=watcher-tag",
            "To: <sip:monitor@doorline.test>",
            "Call-ID: watch@guard",
            "CSeq: 1 CANCEL",
        ],
    )

    on.receive(cancel, GUARD)

    assert on.endpoint.subscriptions == 1


# -- §6 ------------------------------------------------------------------------------------------


def test_what_does_not_exist_and_what_is_foreign_look_alike() -> None:
    """§6.2."""
    on = wire()
    on.watching.denied["2000000001", "foreign"] = 404
    on.watching.denied["2000000001", "nobody"] = 404

    foreign, nobody = (
        answer_to(subscribe(target=target, call_id="x", branch=f"z9hG4bK{target}"), on)
        for target in ("foreign", "nobody")
    )

    assert foreign.status == nobody.status == 404
    assert foreign.headers[-1] == nobody.headers[-1]


def test_a_subscriber_proves_itself_again_every_hour() -> None:
    """§4.2.1.4: assuming the subscriber is still authorized; §6.1."""
    on = wire()
    watcher = Watcher.of(on, expires=7200)
    on.advance(3000.0)
    watcher.take(watcher.again(expires=7200))
    on.gate.outcome = Challenged((b'WWW-Authenticate: Digest realm="doorline.test"',))
    on.advance(700.0)

    challenged = [answer.status for answer in responses(watcher.again(expires=7200))]
    on.gate.outcome = None
    proven = [answer.status for answer in responses(watcher.again(expires=7200))]
    on.gate.outcome = Authenticated(Holder("somebody-else"))
    later = [answer.status for answer in responses(watcher.again(expires=7200))]

    assert (challenged, proven, later) == ([401], [200], [200])
