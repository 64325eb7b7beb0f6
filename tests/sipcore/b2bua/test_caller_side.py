"""What the caller hears, on a wire of lists."""

import pytest

from sipcore.b2bua.policy import RingPolicy
from sipcore.message.message import Request, Response
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    ack,
    ack_failure,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.wire import (
    APP,
    DOOR,
    MONITOR,
    Wire,
    requests,
    responses,
    sent_to,
    stage,
)


def ringing_call(*users: str) -> tuple[Wire, list[Request]]:
    """A call that rings these phones, and the INVITEs they got."""
    wire = Wire(
        stage("indoor", *(users or ("monitor",))), contacts={"monitor": [MONITOR], "app": [APP]}
    )
    return wire, requests(wire.receive(invite(DOOR), DOOR), b"INVITE")


def test_a_provisional_status_is_told_once_and_early_sdp_each_time() -> None:
    wire, (leg,) = ringing_call()

    told = [
        [response.status for response in responses(wire.receive(data, MONITOR))]
        for data in (
            reply(leg, 100),
            reply(leg, 180, flow=MONITOR),
            reply(leg, 180, flow=MONITOR),
            reply(leg, 183, body=SDP, flow=MONITOR),
            reply(leg, 183, body=SDP, flow=MONITOR),
            reply(leg, 181, flow=MONITOR),
        )
    ]

    assert told == [[], [180], [], [183], [183], [181]]


def test_the_end_of_one_early_dialog_is_not_the_callers_business() -> None:
    wire, (leg,) = ringing_call()

    assert wire.receive(reply(leg, 199, flow=MONITOR), MONITOR) == []


def test_the_caller_is_told_every_minute_that_it_still_rings() -> None:
    wire = Wire(stage("indoor", "monitor", timeout=200.0), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (first,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))

    early, on_time, again = wire.advance(59.9), wire.advance(0.2), wire.advance(60.0)

    assert (early, len(on_time), len(again)) == ([], 1, 1)
    assert [response.raw for response in responses(on_time + again)] == [first.raw, first.raw]


def test_nothing_is_repeated_to_a_caller_that_was_refused() -> None:
    wire, (leg,) = ringing_call()
    press = invite(DOOR)
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    (busy,) = responses(wire.receive(reply(leg, 486), MONITOR))
    wire.receive(ack_failure(press, busy), DOOR)

    assert wire.advance(70.0) == []


def test_a_refusal_is_repeated_until_it_is_acknowledged() -> None:
    wire, (leg,) = ringing_call()
    (busy,) = responses(wire.receive(reply(leg, 486), MONITOR))

    repeated = responses(wire.advance(4.0))
    wire.receive(ack_failure(invite(DOOR), busy), DOOR)

    assert [response.status for response in repeated] == [486, 486, 486]
    assert wire.advance(40.0) == []
    assert wire.remains == {}


def test_a_refusal_that_is_never_acknowledged_is_forgotten_after_32_seconds() -> None:
    wire, (leg,) = ringing_call()
    wire.receive(reply(leg, 486), MONITOR)

    wire.advance(40.0)

    assert wire.remains == {}


@pytest.mark.parametrize(
    "contact",
    ["Contact: <sip:door@192.0.2.1:5062>, <sip:b@192.0.2.2>", "Contact: <sip:", "Contact: *", ""],
)
def test_an_invite_without_one_usable_contact_is_refused(contact: str) -> None:
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    data = invite(DOOR).replace(b"Contact: <sip:1000000001@192.0.2.1:5062>", contact.encode())
    if not contact:
        data = data.replace(b"\r\n\r\nContent", b"\r\nContent")

    sent = wire.receive(data, DOOR)

    assert [response.status for response in responses(sent)] == [400]
    assert (requests(sent, b"INVITE"), wire.journal.names) == ([], [])


def test_the_answer_of_another_phone_leaves_the_early_dialog_of_the_preview() -> None:
    wire, (monitor, app) = ringing_call("monitor", "app")
    (preview,) = responses(wire.receive(reply(monitor, 183, body=SDP, flow=MONITOR), MONITOR))
    (answer,) = responses(wire.receive(reply(app, 200, body=ANSWER_SDP, flow=APP), APP))
    wire.receive(ack(answer, DOOR), DOOR)

    bye = in_dialog_of_caller("BYE", preview, DOOR, cseq=2, branch="z9hG4bKbye")
    (gone,) = responses(wire.receive(bye, DOOR))

    assert (gone.status, wire.endpoint.active_calls) == (481, 1)


def test_previews_of_two_phones_are_two_early_dialogs() -> None:
    wire, (monitor, app) = ringing_call("monitor", "app")

    (first,) = responses(wire.receive(reply(monitor, 183, body=SDP, flow=MONITOR), MONITOR))
    (second,) = responses(wire.receive(reply(app, 183, body=ANSWER_SDP, flow=APP), APP))
    (answer,) = responses(wire.receive(reply(monitor, 200, body=SDP, flow=MONITOR), MONITOR))

    assert first.to_tag != second.to_tag
    assert answer.to_tag == first.to_tag


def test_a_multipart_body_crosses_with_its_boundary() -> None:
    kind = 'multipart/mixed; boundary="unique boundary-1"'
    body = b"--unique boundary-1\r\nContent-Type: application/sdp\r\n\r\n" + SDP
    body += b"\r\n--unique boundary-1--\r\n"
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})

    (leg,) = requests(
        wire.receive(
            invite(DOOR, body=body, content_type=kind, extra=("MIME-Version: 1.0",)), DOOR
        ),
        b"INVITE",
    )
    (answer,) = responses(
        wire.receive(reply(leg, 200, body=body, content_type=kind, flow=MONITOR), MONITOR)
    )

    assert (leg.first(b"content-type"), leg.body) == (kind.encode(), body)
    assert leg.first(b"mime-version") == b"1.0"
    assert (answer.first(b"content-type"), answer.body) == (kind.encode(), body)


def test_requests_to_the_caller_go_along_its_record_route() -> None:
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    edge = ("Record-Route: <sip:edge.test;lr>",)
    (leg,) = requests(wire.receive(invite(DOOR, extra=edge), DOOR), b"INVITE")
    (answer,) = responses(
        wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR),
    )
    wire.receive(ack(answer, DOOR), DOOR)

    bye = in_dialog_bye(wire, leg)

    assert answer.every(b"record-route") == [b"<sip:edge.test;lr>"]
    assert bye.first(b"route") == b"<sip:edge.test;lr>"


def in_dialog_bye(wire: Wire, leg: Request) -> Request:
    """The BYE that the door gets when the monitor hangs up."""
    (bye,) = requests(wire.receive(in_dialog_of_callee("BYE", leg, MONITOR), MONITOR), b"BYE")
    return bye


def test_bye_in_the_early_dialog_ends_the_call_like_a_cancel() -> None:
    wire, (leg,) = ringing_call()
    (ringing,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))

    bye = in_dialog_of_caller("BYE", ringing, DOOR, cseq=2, branch="z9hG4bKbye")
    sent = wire.receive(bye, DOOR)

    assert sent_to(sent, DOOR) == [(200, b"BYE"), (487, b"INVITE")]
    assert sent_to(sent, MONITOR) == [(b"CANCEL", b"CANCEL")]
    assert wire.endpoint.active_calls == 0


def test_a_request_in_the_early_dialog_with_a_foreign_from_tag_is_481() -> None:
    wire, (leg,) = ringing_call()
    (ringing,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))
    bye = in_dialog_of_caller("BYE", ringing, DOOR, cseq=2, branch="z9hG4bKbye")

    sent = wire.receive(bye.replace(b";tag=door-tag", b";tag=other-tag"), DOOR)

    assert sent_to(sent, DOOR) == [(481, b"BYE")]
    assert wire.endpoint.active_calls == 1


@pytest.mark.parametrize(("method", "status"), [("INVITE", 500), ("UPDATE", 500), ("INFO", 480)])
def test_nothing_can_cross_before_somebody_answered(method: str, status: int) -> None:
    wire, (leg,) = ringing_call()
    (ringing,) = responses(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR))

    data = in_dialog_of_caller(
        method, ringing, DOOR, cseq=2, branch="z9hG4bKtoosoon", body=SDP, content_type="a/b"
    )
    (refused,) = responses(wire.receive(data, DOOR))

    assert (refused.status, refused.first(b"retry-after") is not None) == (status, True)
    assert wire.endpoint.active_calls == 1


def test_an_invitation_stands_no_longer_than_its_expires() -> None:
    wire = Wire(stage("indoor", "monitor", timeout=60.0), contacts={"monitor": [MONITOR]})
    (leg,) = requests(wire.receive(invite(DOOR, extra=("Expires: 20",)), DOOR), b"INVITE")
    wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)

    early, sent = wire.advance(19.9), wire.advance(0.2)

    assert early == []
    assert sent_to(sent, DOOR) == [(487, b"INVITE")]
    assert [r.first(b"reason") for r in requests(sent, b"CANCEL")] == [
        b'SIP;cause=487;text="Invitation expired"'
    ]


def test_the_answer_names_this_server_and_its_methods() -> None:
    wire, (leg,) = ringing_call()

    (answer,) = responses(wire.receive(reply(leg, 200, body=SDP, flow=MONITOR), MONITOR))

    assert isinstance(answer, Response)
    assert answer.first(b"contact") == b"<sip:192.0.2.100:5060>"
    methods = b"INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, MESSAGE, PRACK, REFER, SUBSCRIBE"
    assert answer.first(b"allow") == methods


def test_the_180_and_the_200_show_a_sips_caller_the_same_sips_contact() -> None:
    """RFC 3261 §12.1.1."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    data = invite(DOOR).replace(b"Contact: <sip:", b"Contact: <sips:")
    (leg,) = requests(wire.receive(data, DOOR), b"INVITE")

    rang = wire.receive(reply(leg, 180, flow=MONITOR), MONITOR)
    answered = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert [
        [message.first(b"contact") for message in responses(sent)] for sent in (rang, answered)
    ] == [[b"<sips:192.0.2.100:5060>"]] * 2


def announced(*, early: int = 180, asked: tuple[str, ...] = ()) -> tuple[Wire, Request, Response]:
    """A call whose caller is told at once; what the monitor was asked and the caller was told."""
    wire = Wire(stage("indoor", "monitor"), contacts={"monitor": [MONITOR]})
    wire.planner.policy = RingPolicy(early=early)
    sent = wire.receive(invite(DOOR, extra=asked), DOOR)
    (leg,), (told,) = requests(sent, b"INVITE"), responses(sent, lambda r: r.status > 100)
    return wire, leg, told


@pytest.mark.parametrize("status", [180, 183])
def test_an_announcement_has_no_description_and_binds_no_phone(status: int) -> None:
    _, _, told = announced(early=status)

    assert (told.status, told.body, told.first(b"require")) == (status, b"", None)
    assert told.to_tag
    assert told.first(b"contact") == b"<sip:192.0.2.100:5060>"


def test_the_first_description_and_the_answer_come_in_the_dialog_that_was_announced() -> None:
    wire, leg, told = announced()

    (early,) = responses(wire.receive(reply(leg, 183, body=SDP, flow=MONITOR), MONITOR))
    (answer,) = responses(wire.receive(reply(leg, 200, body=SDP, flow=MONITOR), MONITOR))

    assert told.to_tag == early.to_tag == answer.to_tag


def test_an_announcement_is_repeated_every_minute() -> None:
    wire = Wire(stage("indoor", "monitor", timeout=90.0), contacts={"monitor": [MONITOR]})
    wire.planner.policy = RingPolicy(early=183)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    wire.receive(reply(leg, 100), MONITOR)

    assert sent_to(wire.advance(60.1), DOOR) == [(183, b"INVITE")]


def test_a_caller_that_insists_on_it_acknowledges_the_announcement_too() -> None:
    wire, leg, told = announced(asked=("Require: 100rel",))
    assert (told.first(b"require"), told.first(b"rseq") is not None) == (b"100rel", True)

    rack = f"RAck: {(told.first(b'rseq') or b'').decode()} 1 INVITE"
    prack = in_dialog_of_caller("PRACK", told, DOOR, cseq=2, branch="z9hG4bKp", extra=(rack,))
    sent = wire.receive(prack, DOOR)

    assert sent_to(sent, DOOR) == [(200, b"PRACK")]
    assert sent_to(sent, MONITOR) == []
    assert sent_to(wire.receive(reply(leg, 180, flow=MONITOR), MONITOR), DOOR) == []
    answered = wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    assert [response.to_tag for response in responses(answered)] == [told.to_tag]
