"""RFC 3261 §12 to §15: what is said inside a call, and how it ends."""

import pytest

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.conformance.line import DOMAIN, SDP, Line, dial, phone, summary
from tests.support.peers import ANSWER_SDP, ack, in_dialog_of_callee, reply
from tests.support.plain_message import read, tag_of, uri_of
from tests.support.wire import DOOR, MONITOR, Talk, requests, responses, talk


def to(on: Talk, data: bytes, flow: Flow = DOOR) -> list[str]:
    """What is sent when this arrives."""
    return summary([read(m.raw) for m, _ in on.wire.receive(data, flow)])


# -- making a dialog -----------------------------------------------------------------------------


def test_the_answer_to_an_invite_makes_a_dialog() -> None:
    """§12.1.1: To tag, Contact, and Record-Route as it came, in its order."""
    routes = ["<sip:p1.example;lr>", "<sip:p2.example;lr>, <sip:p3.example;lr;x=y>"]
    line = Line()
    leg = line.ring(dial("Record-Route: " + "\r\nRecord-Route: ".join(routes)))
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)
    line.say(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    ringing, ok = line.to(DOOR)[1:]

    for got in (ringing, ok):
        assert tag_of(got.get("To"))
        assert got.get("Contact").startswith("<sip:")
        assert [hop.strip() for line in got.every("Record-Route") for hop in line.split(",")] == [
            "<sip:p1.example;lr>",
            "<sip:p2.example;lr>",
            "<sip:p3.example;lr;x=y>",
        ]
    assert tag_of(ringing.get("To")) == tag_of(ok.get("To"))


def test_an_invite_for_a_sips_uri_is_answered_with_a_sips_contact_over_udp_too() -> None:
    """§12.1.1: a SIPS Request-URI wants a SIPS Contact, whatever it came over."""
    line = Line()
    leg = line.ring(dial(start=f"INVITE sips:1001@{DOMAIN} SIP/2.0"))
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)
    line.say(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    for got in line.to(DOOR)[1:]:
        assert got.get("Contact").startswith("<sips:")


def test_a_failure_has_no_record_route() -> None:
    """§12.1.1: only responses that make a dialog copy it."""
    line = Line()
    leg = line.ring(dial("Record-Route: <sip:p1.example;lr>"))
    line.say(reply(leg, 486, flow=MONITOR), MONITOR)

    assert line.to(DOOR)[-1].every("Record-Route") == []


def test_the_200_says_what_is_allowed_and_supported() -> None:
    """§13.3.1.4: Allow and Supported SHOULD be in it."""
    on = talk()
    ok = read(on.answer.raw)

    assert {"INVITE", "ACK", "BYE", "CANCEL"} <= {
        name.strip() for name in ok.get("Allow").split(",")
    }
    assert ok.every("Supported")


@pytest.mark.parametrize(
    ("record_route", "uri", "route"),
    [
        ("<sip:p1.example;lr>, <sip:p2.example;lr>", "door", ["p1", "p2"]),
        ("<sip:p1.example;lr>", "door", ["p1"]),
        ("<sip:p1.example>", "p1", ["door"]),
        ("<sip:p1.example>, <sip:p2.example;lr>", "p1", ["p2", "door"]),
    ],
)
def test_a_request_of_ours_follows_the_route_set(
    record_route: str, uri: str, route: list[str]
) -> None:
    """§12.2.1.1: loose routers stand in Route; a strict one is the Request-URI, and the target
    becomes the last Route."""
    line = Line()
    leg = line.ring(dial(f"Record-Route: {record_route}"))
    sent = line.wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    line.say(ack(responses(sent)[0], DOOR))
    (bye,) = requests(line.wire.receive(in_dialog_of_callee("BYE", leg, MONITOR), MONITOR), b"BYE")
    got = read(bye.raw)
    target = "sip:1000000001@192.0.2.1:5062"

    def name(value: str) -> str:
        return "door" if target in value else value.partition("sip:")[2].partition(".")[0]

    assert name(got.start.split()[1]) == uri
    assert [name(hop) for line in got.every("Route") for hop in line.split(",")] == route


def test_the_route_set_of_the_called_side_is_reversed() -> None:
    """§12.1.2: Record-Route of the response, from the last to the first."""
    line = Line()
    leg = line.ring()
    routes = ("Record-Route: <sip:p1.example;lr>", "Record-Route: <sip:p2.example;lr>")
    sent = line.wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR, extra=routes), MONITOR)
    (acked,) = requests(sent, b"ACK")

    assert read(acked.raw).every("Route") in (
        ["<sip:p2.example;lr>", "<sip:p1.example;lr>"],
        ["<sip:p2.example;lr>, <sip:p1.example;lr>"],
    )


# -- inside a dialog -----------------------------------------------------------------------------


@pytest.mark.parametrize("number", [1, 0])
def test_a_lower_number_is_500(number: int) -> None:
    """§12.2.2: CSeq out of order."""
    on = talk()
    assert to(on, on.door("OPTIONS", cseq=5)) == ["200 OPTIONS"]

    assert to(on, on.door("OPTIONS", cseq=number)) == ["500 OPTIONS"]


def test_numbers_may_have_gaps() -> None:
    """§12.2.2: more than one higher is not an error."""
    on = talk()

    assert to(on, on.door("OPTIONS", cseq=4_000_000_000)) == ["200 OPTIONS"]


def test_our_own_numbers_rise_by_one() -> None:
    """§12.2.1.1: strictly increasing and contiguous in each dialog; ACK repeats its INVITE's."""
    on = talk()
    numbers = []
    for number in range(2, 5):
        sent = on.wire.receive(on.door("INFO", cseq=number, body=b"x", kind="text/plain"), DOOR)
        (info,) = requests(sent, b"INFO")
        numbers.append(info.cseq.number)
        on.wire.receive(reply(info, 200), MONITOR)

    assert numbers == list(range(on.leg.cseq.number + 1, on.leg.cseq.number + 4))


@pytest.mark.parametrize("change", [(b"tag=door-tag", b"tag=x"), (b"visit@door", b"other@door")])
def test_other_tags_or_another_call_id_is_481(change: tuple[bytes, bytes]) -> None:
    """§12.2.2."""
    on = talk()

    assert to(on, on.door("BYE").replace(*change)) == ["481 BYE"]
    assert on.wire.remains["calls"] == 1


def test_a_re_invite_refreshes_the_target() -> None:
    """§12.2.2: Contact of a re-INVITE replaces the remote target; that of INFO does not."""
    on = talk()
    moved = on.door("INFO", body=b"x", kind="text/plain").replace(b"sip:door@", b"sip:info@")
    on.wire.receive(moved, DOOR)
    again = on.door("INVITE", cseq=3, body=SDP).replace(b"sip:door@", b"sip:moved@")
    (crossed,) = requests(on.wire.receive(again, DOOR), b"INVITE")
    on.wire.receive(reply(crossed, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)
    on.wire.receive(on.door("ACK", cseq=3), DOOR)
    (bye,) = requests(on.wire.receive(on.monitor("BYE"), MONITOR), b"BYE")

    assert bye.uri == b"sip:moved@192.0.2.1:5062"


@pytest.mark.parametrize("method", ["INVITE", "UPDATE"])
@pytest.mark.parametrize("status", [488, 491, 500])
def test_a_refused_target_refresh_moves_nothing(method: str, status: int) -> None:
    """RFC 6141 §4.6: the target is refreshed when the request is accepted, not before."""
    on = talk()
    again = on.door(method, body=SDP).replace(b"sip:door@", b"sip:moved@")
    (crossed,) = requests(on.wire.receive(again, DOOR), method.encode())
    on.wire.receive(reply(crossed, status, flow=MONITOR), MONITOR)
    (bye,) = requests(on.wire.receive(on.monitor("BYE"), MONITOR), b"BYE")

    assert bye.uri == b"sip:1000000001@192.0.2.1:5062"


@pytest.mark.parametrize(
    ("extra", "status"),
    [(("Require: nothing",), 420), (("Supported: timer", "Session-Expires: 30"), 422)],
)
def test_a_target_refresh_that_this_server_refuses_moves_nothing(
    extra: tuple[str, ...], status: int
) -> None:
    """RFC 6141 §4.6."""
    on = talk()
    again = on.door("UPDATE", extra=extra).replace(b"sip:door@", b"sip:moved@")
    (refused,) = responses(on.wire.receive(again, DOOR))
    (bye,) = requests(on.wire.receive(on.monitor("BYE"), MONITOR), b"BYE")

    assert (refused.status, bye.uri) == (status, b"sip:1000000001@192.0.2.1:5062")


def test_an_update_that_concerns_one_leg_alone_refreshes_its_target() -> None:
    """RFC 3311 §5.1, §12.2.2: also the port that its requests go to from then on."""
    on = talk()
    again = on.door("UPDATE").replace(b"<sip:door@192.0.2.1:5062>", b"<sip:moved@192.0.2.1:5070>")
    on.wire.receive(again, DOOR)
    ((bye, flow),) = [
        (one, to) for one, to in on.wire.receive(on.monitor("BYE"), MONITOR) if to != MONITOR
    ]

    assert isinstance(bye, Request)
    assert (bye.uri, flow.port) == (b"sip:moved@192.0.2.1:5070", 5070)


def test_a_contact_with_headers_and_a_method_makes_no_such_request_line() -> None:
    """§19.1.1, table 1: the Request-URI has neither headers nor a method parameter."""
    on = talk()
    again = on.door("UPDATE").replace(b"sip:door@192.0.2.1:5062", b"sip:door@h;method=INFO?To=x")
    on.wire.receive(again, DOOR)
    (bye,) = requests(on.wire.receive(on.monitor("BYE"), MONITOR), b"BYE")

    assert bye.uri == b"sip:door@h"


def test_options_in_a_dialog_changes_nothing() -> None:
    """§11.2: the response has no effect on the dialog."""
    on = talk()

    assert to(on, on.door("OPTIONS")) == ["200 OPTIONS"]
    assert on.wire.remains["calls"] == 1


def test_options_in_a_dialog_is_answered_as_outside() -> None:
    """§11.2: the 200 is identical to one outside a dialog."""
    on = talk()
    (inside,) = [read(m.raw) for m, _ in on.wire.receive(on.door("OPTIONS"), DOOR)]
    (outside,) = Line().say(phone())

    for name in ("Accept", "Accept-Encoding", "Accept-Language", "Supported"):
        assert inside.get(name) == outside.get(name)


@pytest.mark.parametrize("method", ["FOO", "PUBLISH"])
def test_a_method_nobody_knows_is_405_inside_a_dialog(method: str) -> None:
    """§8.2.1."""
    on = talk()
    (got,) = [read(m.raw) for m, _ in on.wire.receive(on.door(method), DOOR)]

    assert got.status in (405, 501)
    assert "BYE" in got.get("Allow")


def test_an_unknown_extension_is_420_inside_a_dialog() -> None:
    """§8.2.2.3."""
    on = talk()
    info = on.door("INFO", body=b"x", kind="text/plain")
    (got,) = [
        read(m.raw)
        for m, _ in on.wire.receive(info.replace(b"Max-F", b"Require: nothing\r\nMax-F"), DOOR)
    ]

    assert (got.status, got.get("Unsupported")) == (420, "nothing")


def test_a_bye_with_an_unknown_extension_is_420_and_ends_nothing() -> None:
    """§8.2.2.3: the request is inspected before it has any effect."""
    on = talk()
    (got,) = [read(m.raw) for m, _ in on.wire.receive(on.door("BYE", extra=("Require: x",)), DOOR)]

    assert (got.status, got.get("Unsupported")) == (420, "x")
    assert on.wire.endpoint.active_calls == 1
    assert to(on, on.door("BYE", cseq=3))[0] == "200 BYE"


# -- re-INVITE -----------------------------------------------------------------------------------


def test_a_re_invite_crosses_with_its_body_and_so_does_its_answer() -> None:
    """§14, RFC 3264 §8."""
    on = talk()
    hold = SDP + b"a=sendonly\r\n"
    (crossed,) = requests(on.wire.receive(on.door("INVITE", body=hold), DOOR), b"INVITE")
    answer = ANSWER_SDP + b"a=recvonly\r\n"
    sent = on.wire.receive(reply(crossed, 200, body=answer, flow=MONITOR), MONITOR)
    (ok,) = responses(sent)

    assert (crossed.body, ok.body) == (hold, answer)
    assert len(requests(sent, b"ACK")) == 1


def test_a_refused_re_invite_leaves_the_call_as_it_was() -> None:
    """§14.1: 488 and the like do not end the session."""
    on = talk()
    (crossed,) = requests(on.wire.receive(on.door("INVITE", body=SDP), DOOR), b"INVITE")

    assert sorted(to(on, reply(crossed, 488, flow=MONITOR), MONITOR)) == ["488 INVITE", "ACK"]
    assert on.wire.remains["calls"] == 1


@pytest.mark.parametrize("status", [481, 408])
def test_a_re_invite_that_finds_no_dialog_ends_the_call(status: int) -> None:
    """§12.2.1.2, §14.1: 481 and 408 end the dialog."""
    on = talk()
    (crossed,) = requests(on.wire.receive(on.door("INVITE", body=SDP), DOOR), b"INVITE")
    sent = to(on, reply(crossed, status, flow=MONITOR), MONITOR)

    assert "BYE" in sent


def test_a_second_re_invite_of_the_same_side_is_500_with_retry_after() -> None:
    """§14.2: the first one has no final response yet."""
    on = talk()
    on.wire.receive(on.door("INVITE", cseq=2, body=SDP), DOOR)
    (got,) = [read(m.raw) for m, _ in on.wire.receive(on.door("INVITE", cseq=3, body=SDP), DOOR)]

    assert got.status == 500
    assert 0 <= int(got.get("Retry-After")) <= 10


def test_re_invites_that_cross_are_491() -> None:
    """§14.2: one that arrives while ours is open."""
    on = talk()
    on.wire.receive(on.door("INVITE", body=SDP), DOOR)

    assert to(on, on.monitor("INVITE", body=SDP), MONITOR) == ["491 INVITE"]


def test_a_re_invite_before_the_first_ack_is_answered_all_the_same() -> None:
    """RFC 5407 §3.1.4: the ACK was lost or is late; CSeq shows that the phone has the 200."""
    on = talk(acknowledged=False)
    sent = to(on, on.door("INVITE", body=SDP))

    assert [what for what in sent if what.startswith(("100", "491", "INVITE"))]
    assert not [what for what in sent if what.startswith("481")]


def test_an_invite_without_an_offer_gets_it_in_the_200_and_answers_in_the_ack() -> None:
    """§13.2.1, RFC 3264 §4: delayed offer, carried across unchanged."""
    on = talk(offer=b"", answer=SDP, acknowledged=False)
    sent = on.wire.receive(ack(on.answer, DOOR, body=ANSWER_SDP), DOOR)
    (acked,) = requests(sent, b"ACK")

    assert (on.leg.body, on.answer.body, acked.body) == (b"", SDP, ANSWER_SDP)


# -- BYE -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("side", ["door", "monitor"])
def test_a_bye_is_answered_and_crosses(side: str) -> None:
    """§15.1.2."""
    on = talk()
    bye, flow = (on.door("BYE"), DOOR) if side == "door" else (on.monitor("BYE"), MONITOR)

    assert sorted(to(on, bye, flow)) == ["200 BYE", "BYE"]


def test_a_second_bye_is_481() -> None:
    """§15.1.2: the dialog is gone."""
    on = talk()
    to(on, on.door("BYE", cseq=2))

    assert to(on, on.door("BYE", cseq=3)) == ["481 BYE"]


def test_two_byes_that_cross_both_get_200() -> None:
    """RFC 5407 §3.2.1 (3.2.2): both sides hang up at once; neither gets an error for it."""
    on = talk()
    to(on, on.door("BYE"))

    assert to(on, on.monitor("BYE"), MONITOR) == ["200 BYE"]


def test_a_bye_ends_what_is_still_open_with_487() -> None:
    """§15.1.2: pending requests are answered 487."""
    on = talk()
    on.wire.receive(on.door("INVITE", cseq=2, body=SDP), DOOR)

    assert "487 INVITE" in to(on, on.door("BYE", cseq=3))


def test_a_bye_before_the_answer_ends_the_early_dialog() -> None:
    """§15: the caller may BYE an early dialog; its INVITE ends in 487."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)
    ringing = line.to(DOOR)[-1]
    bye = phone(
        "BYE",
        uri_of(ringing.get("Contact")),
        to=f"To: {ringing.get('To')}",
        cseq="CSeq: 2 BYE",
        via="Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-bye",
    )
    sent = summary(line.say(bye))

    assert sorted(sent) == ["200 BYE", "487 INVITE", "CANCEL"]


def test_the_called_side_is_not_hung_up_before_the_callers_ack() -> None:
    """§15: the callee's side MUST NOT send BYE until it has the ACK for its 2xx, or timed out."""
    on = talk(acknowledged=False)
    sent = to(on, on.monitor("BYE"), MONITOR)
    after = to(on, ack(on.answer, DOOR))

    assert (sent, after) == (["200 BYE"], ["BYE"])


@pytest.mark.parametrize("status", [200, 401, 408, 481, 500])
def test_whatever_answers_our_bye_the_call_is_over(status: int) -> None:
    """§15.1.1: 481, 408 or no response end it as well."""
    on = talk()
    (bye,) = requests(on.wire.receive(on.door("BYE"), DOOR), b"BYE")
    on.wire.receive(reply(bye, status), MONITOR)
    on.wire.advance(40.0, 0.2)

    assert on.wire.remains == {}


def test_the_dialog_of_one_side_is_not_that_of_the_other() -> None:
    """§12: a B2BUA has a dialog on each side; nothing of one shows on the other (RFC 7092 §3)."""
    on = talk()
    leg, caller = read(on.leg.raw), read(dial())

    assert leg.get("Call-ID") != caller.get("Call-ID")
    assert tag_of(leg.get("From")) != tag_of(caller.get("From"))
    assert caller.get("Contact") not in leg.raw.decode()
    assert "192.0.2.1:5062" not in leg.raw.decode().partition("\r\n\r\n")[0]
    assert uri_of(leg.get("Contact")) != uri_of(caller.get("Contact"))
    assert DOMAIN in leg.get("From")


# -- RFC 6086 ------------------------------------------------------------------------------------


def test_an_info_crosses_with_its_package_and_body() -> None:
    """RFC 6086 §4.2: body, Content-Type, Info-Package and Content-Disposition belong together."""
    on = talk()
    data = on.door("INFO", body=b"Signal=5\r\n", kind="application/dtmf-relay")
    data = data.replace(
        b"Max-F", b"Info-Package: dtmf\r\nContent-Disposition: Info-Package\r\nMax-F"
    )
    (crossed,) = requests(on.wire.receive(data, DOOR), b"INFO")

    assert crossed.body == b"Signal=5\r\n"
    assert crossed.first(b"info-package") == b"dtmf"
    assert crossed.first(b"content-disposition") == b"Info-Package"
    assert to(on, reply(crossed, 200), MONITOR) == ["200 INFO"]


@pytest.mark.parametrize("status", [415, 469, 500])
def test_an_info_that_is_refused_does_not_end_the_call(status: int) -> None:
    """RFC 6086 §4.2.3."""
    on = talk()
    (crossed,) = requests(on.wire.receive(on.door("INFO", body=b"x", kind="text/x"), DOOR), b"INFO")

    assert to(on, reply(crossed, status), MONITOR) == [f"{status} INFO"]
    assert on.wire.remains["calls"] == 1


def test_an_info_outside_a_call_is_refused() -> None:
    """RFC 6086 §4.2.2: only inside an INVITE dialog: 481 otherwise."""
    (got,) = Line().say(phone("INFO", body=b"x", kind="text/x"))

    assert got.status == 481
