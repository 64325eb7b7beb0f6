"""RFC 3261 §12.2.1.1, §18.1.1: requests in a dialog whose connection is gone go to its Contact, or
to the first proxy on the way there (§8.1.2)."""

import pytest

from sipcore.b2bua.absence import RECONNECT_TIME
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.support.peers import (
    ANSWER_SDP,
    ack,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.wire import MONITOR, Sent, Wire, requests, responses, stage

DOOR = Flow("TCP", 0, "192.0.2.1", 40001, 7)
THERE = Flow("TCP", 0, "192.0.2.1", 5070)
CONTACT = "sip:door@192.0.2.1:5070;transport=tcp"


def talking(contact: str = CONTACT, routed: str = "") -> tuple[Wire, Request, Response]:
    """A door that called over a stream talks with a monitor.

    The INVITE that the monitor got, and the answer that the door got.
    """
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    called = invite(DOOR, extra=(routed,) if routed else ())
    called = called.replace(b"sip:1000000001@192.0.2.1:40001", contact.encode())
    (leg,) = requests(wire.receive(called, DOOR), b"INVITE")
    data = reply(leg, 200, body=ANSWER_SDP, flow=MONITOR)
    (answer,) = responses(wire.receive(data, MONITOR))
    wire.receive(ack(answer, DOOR), DOOR)
    return wire, leg, answer


def hangs_up(wire: Wire) -> None:
    """The door's connection ends."""
    wire.broken.add(DOOR)
    wire.endpoint.switchboard.flow_closed(DOOR, wire.clock.monotonic())


def to_door(sent: Sent) -> list[tuple[bytes, Flow]]:
    """Requests that go to the door's host, and how."""
    return [(m.method, to) for m, to in sent if isinstance(m, Request) and to.host == DOOR.host]


def monitor_says(wire: Wire, leg: Request, method: str) -> Sent:
    """The monitor sends a request inside the call."""
    is_info = method == "INFO"
    body, kind = (b"x", "a/b") if is_info else (b"", "")
    cseq, branch = (1 if is_info else 2), f"z9hG4bK{method}"
    data = in_dialog_of_callee(
        method, leg, MONITOR, cseq=cseq, branch=branch, body=body, content_type=kind
    )
    return wire.receive(data, MONITOR)


def test_a_bye_for_the_caller_opens_a_connection_to_its_contact() -> None:
    wire, leg, _ = talking()
    hangs_up(wire)

    assert to_door(monitor_says(wire, leg, "BYE")) == [(b"BYE", THERE)]


@pytest.mark.parametrize(
    "contact",
    [
        "sip:door@10.0.0.5:5070;transport=tcp",
        "sip:door@192.0.2.1:40001;transport=tcp",
        "sip:door@192.0.2.1:5070",
        "sip:door@192.0.2.1:5070;transport=tls",
        "sip:door@192.0.2.1:5070;transport=tcp;ob",
    ],
)
def test_nobody_is_connected_to_who_does_not_say_that_he_listens_there(contact: str) -> None:
    """A contact behind a NAT, or a victim's, is not where the caller is."""
    wire, leg, _ = talking(contact)
    hangs_up(wire)

    assert [to for _, to in to_door(monitor_says(wire, leg, "BYE"))] in ([], [DOOR])


@pytest.mark.parametrize("status", [200, 405, 486])
def test_the_call_goes_on_at_the_contact_as_long_as_somebody_is_there(status: int) -> None:
    wire, leg, _ = talking()
    hangs_up(wire)

    (asked,) = requests(wire.advance(RECONNECT_TIME + 1.0), b"OPTIONS")
    wire.receive(reply(asked, status), THERE._replace(connection=8))
    wire.advance(60.0)

    assert wire.endpoint.active_calls == 1
    assert to_door(monitor_says(wire, leg, "BYE")) == [(b"BYE", THERE)]


@pytest.mark.parametrize("is_refused", [False, True])
def test_whoever_is_not_at_its_contact_either_is_lost(is_refused: bool) -> None:
    wire, _, _ = talking()
    hangs_up(wire)

    (asked,) = requests(wire.advance(RECONNECT_TIME + 1.0), b"OPTIONS")
    if is_refused:
        wire.receive(reply(asked, 481), THERE._replace(connection=8))
    else:
        wire.endpoint.switchboard.flow_closed(THERE, wire.clock.monotonic())

    assert wire.endpoint.active_calls == 0


def test_whoever_cannot_be_connected_to_is_lost_without_being_asked() -> None:
    wire, _, _ = talking("sip:door@192.0.2.1:5070")
    hangs_up(wire)

    assert requests(wire.advance(RECONNECT_TIME + 1.0), b"OPTIONS") == []
    assert wire.endpoint.active_calls == 0


def test_a_request_that_finds_nobody_at_the_contact_meanwhile_ends_nothing() -> None:
    wire, leg, _ = talking()
    hangs_up(wire)
    assert to_door(monitor_says(wire, leg, "INFO")) == [(b"INFO", THERE)]
    wire.endpoint.switchboard.flow_closed(THERE, wire.clock.monotonic())

    assert wire.endpoint.active_calls == 1


def test_whoever_comes_back_by_itself_is_reached_there() -> None:
    wire, leg, answer = talking()
    hangs_up(wire)
    back = DOOR._replace(port=40002, connection=9)
    info = in_dialog_of_caller("INFO", answer, back, cseq=2, branch="z9hG4bKback")
    wire.receive(info, back)

    assert to_door(monitor_says(wire, leg, "BYE")) == [(b"BYE", back)]


@pytest.mark.parametrize(
    ("hop", "is_there"),
    [
        ("sip:192.0.2.1:5070;transport=tcp;lr", True),
        ("sip:192.0.2.9:5070;transport=tcp;lr", False),
        ("sip:192.0.2.1:40001;transport=tcp;lr", False),
    ],
)
def test_with_a_route_set_a_connection_is_opened_to_the_first_proxy(
    hop: str, *, is_there: bool
) -> None:
    """§8.1.2, §12.2.1.1: when it is where the requests of the caller came from."""
    wire, leg, _ = talking(routed=f"Record-Route: <{hop}>")
    hangs_up(wire)

    byes = [at for _, at in to_door(monitor_says(wire, leg, "BYE"))]
    assert (byes == [THERE]) is is_there


PROVIDER = Flow("TLS", 0, "192.0.2.50", 5061, server_name="sip.provider.test")
SPOKE = PROVIDER._replace(connection=4, server_name="")


@pytest.mark.parametrize("routed", [(), ("Record-Route: <sip:sip.provider.test;lr>",)])
def test_a_provider_whose_connection_is_gone_is_connected_to_where_it_was(
    routed: tuple[str, ...],
) -> None:
    """Its contact may name a machine behind it; the BYE that it does not hear costs money."""
    wire = Wire(stage("landline", "+49301", kind="landline"))
    wire.contacts.trunk = (PROVIDER._replace(host="192.0.2.51"), PROVIDER)
    (leg,) = requests(wire.receive(invite(MONITOR), MONITOR), b"INVITE")
    (leg,) = requests(wire.receive(reply(leg, 503), PROVIDER), b"INVITE")
    data = reply(leg, 200, body=ANSWER_SDP, contact="sip:gw@10.0.0.1", extra=routed)
    (answer,) = responses(wire.receive(data, SPOKE))
    wire.receive(ack(answer, MONITOR), MONITOR)
    info = in_dialog_of_callee("INFO", leg, SPOKE, body=b"x", content_type="a/b")
    (crossed,) = requests(wire.receive(info, SPOKE), b"INFO")
    wire.receive(reply(crossed, 200), MONITOR)
    wire.broken.add(SPOKE)
    wire.endpoint.switchboard.flow_closed(SPOKE, wire.clock.monotonic())

    bye = in_dialog_of_caller("BYE", answer, MONITOR, cseq=2, branch="z9hG4bKbye")
    sent = wire.receive(bye, MONITOR)

    assert [to for m, to in sent if isinstance(m, Request) and m.method == b"BYE"] == [PROVIDER]


def test_a_binding_that_outlives_its_connection_leads_nobody_back_to_it() -> None:
    """So do those that came over an edge proxy (RFC 3327)."""
    wire, _, _ = talking()
    (call,) = wire.endpoint.switchboard.calls.values()
    wire.contacts.flows[call.caller.leg.party.user] = [DOOR]
    hangs_up(wire)

    assert to_door(wire.advance(RECONNECT_TIME + 1.0)) == [(b"OPTIONS", THERE)]
