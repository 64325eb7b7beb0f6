import pytest

from sipcore.dialog.dialog import NO_SEQUENCE, Dialog, Opening
from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, parse
from tests.support.transactions import TCP, UDP, packed, request, response

TLS = TCP._replace(transport="TLS")
VIA = b"Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnew"
CONTACT = b"Contact: <sip:192.0.2.1:5060>"
ROUTES = ("Record-Route: <sip:p1.test;lr>, <sip:p2.test;lr>", "Record-Route: <sip:p3.test;lr>")
DOOR = "Contact: <sip:door@192.0.2.5:5060;ob>"
OURS = "<sip:1001@doorline.test>;tag=ours"
OPENING = Opening(
    b"sip:1001@doorline.test",
    b"call@192.0.2.5",
    b"from-1",
    b"<sip:door@doorline.test>",
    b"<sip:1001@doorline.test>",
)


def facts(dialog: Dialog) -> dict[str, object]:
    """All of a dialog's state."""
    return {name: getattr(dialog, name) for name in Dialog.__slots__}


def uas(invite: Request | None = None) -> Dialog:
    """The dialog of an INVITE that we answer with the tag `ours`."""
    return Dialog.from_request(invite or request(), b"ours", UDP)


def uac(
    status: int = 200, *, to: str = "<sip:1001@h>;tag=theirs", extra: tuple[str, ...]
) -> Dialog:
    """The dialog of an INVITE of ours that got this response."""
    return Dialog.from_response(OPENING, 1, response(status, to=to, extra=extra), UDP)


def inside(method: str, cseq: int, *extra: str) -> Request:
    """A request of the caller inside the dialog `uas()`."""
    return request(method, to=OURS, cseq=f"{cseq} {method}", extra=extra)


# -- how dialogs begin --------------------------------------------------------------------


def test_the_dialog_of_a_received_invite_has_the_state_of_rfc_3261_12_1_1() -> None:
    invite = request(
        from_='"Door; main" <sip:door@doorline.test;x=y>;tag=from-1',
        cseq="4711 INVITE",
        extra=(DOOR, *ROUTES),
    )

    assert facts(Dialog.from_request(invite, b"ours", UDP)) == {
        "call_id": b"call@192.0.2.5",
        "local_tag": b"ours",
        "remote_tag": b"from-1",
        "local_uri": b"<sip:1001@doorline.test>",
        "remote_uri": b'"Door; main" <sip:door@doorline.test;x=y>',
        "local_seq": 0,
        "remote_seq": 4711,
        "remote_target": b"sip:door@192.0.2.5:5060;ob",
        "route_set": (b"<sip:p1.test;lr>", b"<sip:p2.test;lr>", b"<sip:p3.test;lr>"),
        "sips": False,
        "confirmed": False,
        "is_caller": False,
        "flow": UDP,
    }


def test_the_dialog_of_a_sent_invite_has_the_state_of_rfc_3261_12_1_2() -> None:
    answer = response(
        200,
        to='"Flat 1001" <sip:1001@doorline.test>;tag=theirs',
        cseq="7 INVITE",
        extra=("Contact: <sip:1001@192.0.2.9:5062>", *ROUTES),
    )

    assert facts(Dialog.from_response(OPENING, 7, answer, UDP)) == {
        "call_id": b"call@192.0.2.5",
        "local_tag": b"from-1",
        "remote_tag": b"theirs",
        "local_uri": b"<sip:door@doorline.test>",
        "remote_uri": b"<sip:1001@doorline.test>",
        "local_seq": 7,
        "remote_seq": NO_SEQUENCE,
        "remote_target": b"sip:1001@192.0.2.9:5062",
        "route_set": (b"<sip:p3.test;lr>", b"<sip:p2.test;lr>", b"<sip:p1.test;lr>"),
        "sips": False,
        "confirmed": True,
        "is_caller": True,
        "flow": UDP,
    }


@pytest.mark.parametrize(
    ("extra", "next_hop"),
    [
        ((DOOR,), b"sip:door@192.0.2.5:5060;ob"),
        ((DOOR, *ROUTES), b"sip:p1.test;lr"),
        ((DOOR, "Record-Route: <sip:strict.test>"), b"sip:strict.test"),
    ],
)
def test_requests_go_to_the_first_route_or_else_to_the_remote_target(
    extra: tuple[str, ...], next_hop: bytes
) -> None:
    """§8.1.2; a strict router is the next hop too."""
    assert uas(request(extra=extra)).next_hop == next_hop


@pytest.mark.parametrize(
    ("uri", "extra", "wanted"),
    [
        ("sips:1001@doorline.test", (DOOR,), True),
        ("sip:1001@doorline.test", (DOOR.replace("sip:", "sips:"),), True),
        ("sip:1001@doorline.test", (DOOR, "Record-Route: <sips:p1.test;lr>"), True),
        ("sip:1001@doorline.test", (DOOR, "Record-Route: <sip:p1.test;lr>"), False),
        ("sip:1001@doorline.test", (DOOR,), False),
    ],
)
def test_a_dialog_with_sips_in_it_wants_a_sips_contact(
    uri: str, extra: tuple[str, ...], wanted: bool
) -> None:
    """RFC 3261 §8.1.1.8, §12.1.1."""
    dialog = Dialog.from_request(request(uri=uri, extra=extra), b"ours", TLS)

    assert dialog.wants_sips is wanted


@pytest.mark.parametrize("flow", [TLS, TCP, UDP])
def test_what_was_for_a_sips_uri_is_answered_with_one_over_any_transport(flow: Flow) -> None:
    """RFC 3261 §12.1.1."""
    sips, sip = (
        Dialog.from_request(request(uri=uri), b"ours", flow)
        for uri in ("SIPS:1001@doorline.test", "sip:1001@doorline.test")
    )

    assert (sips.wants_sips, sip.wants_sips) == (True, False)


def test_a_tag_between_other_parameters_is_taken_out_alone() -> None:
    dialog = uas(request(from_="Door <sip:door@doorline.test>;a=1;TAG=from-1;b"))

    assert (dialog.remote_tag, dialog.remote_uri) == (
        b"from-1",
        b'"Door" <sip:door@doorline.test>;a=1;b',
    )


def test_an_address_without_brackets_keeps_its_form() -> None:
    dialog = uas(request(from_="sip:door@doorline.test;tag=from-1"))

    assert dialog.remote_uri == b"sip:door@doorline.test"


def test_a_caller_without_tag_has_an_empty_one_and_gets_none() -> None:
    dialog = uas(request(from_="<sip:door@doorline.test>"))
    bye = dialog.next_request(b"BYE", via=VIA, contact=b"")

    assert dialog.remote_tag == b""
    assert b"\r\nTo: <sip:door@doorline.test>\r\n" in bye


def test_a_provisional_response_makes_an_early_dialog() -> None:
    assert not uac(180, extra=(DOOR,)).confirmed


def test_a_response_without_contact_leaves_the_request_uri_as_target() -> None:
    assert uac(183, extra=()).remote_target == b"sip:1001@doorline.test"


@pytest.mark.parametrize(
    ("extra", "reason"),
    [
        ((), "Contact is missing"),
        (("Contact: *",), "Contact: \\* outside REGISTER"),
        (("Contact: <sip:x",), "Contact"),
        ((DOOR, "Record-Route: <sip:p1"), "Route"),
    ],
)
def test_a_request_that_cannot_make_a_dialog_is_bad(extra: tuple[str, ...], reason: str) -> None:
    with pytest.raises(BadMessage, match=reason):
        Dialog.from_request(request(extra=extra), b"ours", UDP)


# -- early dialogs ------------------------------------------------------------------------


def test_each_to_tag_of_a_forked_invite_is_a_dialog_of_its_own() -> None:
    first = uac(180, to="<sip:1001@h>;tag=one", extra=("Contact: <sip:1@192.0.2.1>",))
    second = uac(180, to="<sip:1001@h>;tag=two", extra=("Contact: <sip:2@192.0.2.2>",))
    answer = response(200, to="<sip:1001@h>;tag=two", extra=("Contact: <sip:2@192.0.2.2>",))
    second.accept_response(answer)

    assert first.key == second.key == (b"call@192.0.2.5", b"from-1")
    assert [dialog.confirmed for dialog in (first, second)] == [False, True]
    assert [dialog.remote_tag for dialog in (first, second)] == [b"one", b"two"]


def test_the_first_2xx_confirms_the_dialog_and_sets_its_route_set_anew() -> None:
    dialog = uac(180, extra=("Contact: <sip:old@192.0.2.9>", ROUTES[0]))
    dialog.next_request(b"PRACK", via=VIA, contact=b"")
    dialog.accept_response(response(200, extra=("Contact: <sip:new@192.0.2.9>", ROUTES[1])))

    assert (dialog.confirmed, dialog.route_set, dialog.remote_target, dialog.local_seq) == (
        True,
        (b"<sip:p3.test;lr>",),
        b"sip:new@192.0.2.9",
        2,
    )


# -- requests of ours ---------------------------------------------------------------------


def test_a_request_of_the_callee_goes_to_the_callers_contact_along_the_route_set() -> None:
    dialog = uas(request(extra=(DOOR, *ROUTES)))

    assert dialog.next_request(
        b"INVITE",
        via=VIA,
        contact=CONTACT,
        extra=(b"Supported: timer",),
        body=b"v=0\r\n",
        content_type=b"application/sdp",
    ) == packed(
        "INVITE sip:door@192.0.2.5:5060;ob SIP/2.0",
        VIA.decode(),
        "Max-Forwards: 70",
        "Route: <sip:p1.test;lr>",
        "Route: <sip:p2.test;lr>",
        "Route: <sip:p3.test;lr>",
        "From: <sip:1001@doorline.test>;tag=ours",
        "To: <sip:door@doorline.test>;tag=from-1",
        "Call-ID: call@192.0.2.5",
        "CSeq: 1 INVITE",
        CONTACT.decode(),
        "Supported: timer",
        "Content-Type: application/sdp",
        body=b"v=0\r\n",
    )


def test_a_request_of_the_caller_takes_the_record_route_in_reverse() -> None:
    dialog = uac(extra=("Contact: <sip:1001@192.0.2.9>", *ROUTES))

    assert dialog.next_request(b"BYE", via=VIA, contact=CONTACT) == packed(
        "BYE sip:1001@192.0.2.9 SIP/2.0",
        VIA.decode(),
        "Max-Forwards: 70",
        "Route: <sip:p3.test;lr>",
        "Route: <sip:p2.test;lr>",
        "Route: <sip:p1.test;lr>",
        "From: <sip:door@doorline.test>;tag=from-1",
        "To: <sip:1001@doorline.test>;tag=theirs",
        "Call-ID: call@192.0.2.5",
        "CSeq: 2 BYE",
    )


def test_a_strict_router_gets_its_own_uri_and_the_target_as_last_route() -> None:
    dialog = uas(request(extra=(DOOR, "Record-Route: <sip:strict.test>, <sip:p2.test;lr>")))
    start, via, hops, *routes = dialog.next_request(b"BYE", via=VIA, contact=b"").split(b"\r\n")[:5]

    assert (start, via, hops, routes) == (
        b"BYE sip:strict.test SIP/2.0",
        VIA,
        b"Max-Forwards: 70",
        [b"Route: <sip:p2.test;lr>", b"Route: <sip:door@192.0.2.5:5060;ob>"],
    )


def test_sequence_numbers_rise_by_one_and_ack_repeats_that_of_its_invite() -> None:
    dialog = uac(extra=(DOOR,))
    sent = [
        dialog.next_request(method, via=VIA, contact=CONTACT, cseq=cseq)
        for method, cseq in ((b"ACK", 1), (b"INFO", None), (b"INVITE", None), (b"INFO", None))
    ]
    sent.append(dialog.next_request(b"ACK", via=VIA, contact=CONTACT, cseq=3))

    assert [str(parse(data).cseq) for data in sent] == [
        "1 ACK",
        "2 INFO",
        "3 INVITE",
        "4 INFO",
        "3 ACK",
    ]
    assert dialog.local_seq == 4


def test_contact_goes_only_where_it_applies() -> None:
    methods = b"INVITE UPDATE ACK OPTIONS NOTIFY REFER BYE CANCEL INFO MESSAGE PRACK".split()
    dialog = uac(extra=(DOOR,))

    assert [
        method.decode()
        for method in methods
        if CONTACT in dialog.next_request(method, via=VIA, contact=CONTACT)
    ] == ["INVITE", "UPDATE", "ACK", "OPTIONS", "NOTIFY", "REFER"]


# -- requests of the peer -----------------------------------------------------------------


def test_numbers_may_skip_and_lower_ones_are_answered_500_without_effect() -> None:
    dialog = uas(request(cseq="10 INVITE"))
    moved = "Contact: <sip:moved@192.0.2.6>"

    assert [
        dialog.accept_request(inside("INFO", 11)),
        dialog.accept_request(inside("INFO", 20)),
        dialog.accept_request(inside("INVITE", 19, moved)),
        dialog.accept_request(inside("INFO", 20)),
        dialog.accept_request(inside("BYE", 21)),
    ] == [None, None, 500, None, None]
    assert (dialog.remote_seq, dialog.remote_target) == (21, b"sip:door@192.0.2.5:5060")


def test_the_first_request_of_the_callee_may_have_any_number() -> None:
    dialog = uac(extra=(DOOR,))

    assert dialog.accept_request(inside("BYE", 0)) is None
    assert dialog.remote_seq == 0


def test_a_request_moves_no_target_before_it_is_accepted() -> None:
    dialog = uas()
    moving = inside("INVITE", 2, "Contact: <sip:moved@192.0.2.6>")

    assert dialog.accept_request(moving) is None
    assert dialog.remote_target == b"sip:door@192.0.2.5:5060"
    assert [dialog.refresh_target(moving), dialog.refresh_target(moving)] == [True, False]
    assert dialog.remote_target == b"sip:moved@192.0.2.6"


@pytest.mark.parametrize(
    "contact",
    ["<sip:a@h;method=BYE;ob?Subject=x&Route=%3Csip:y%3E>", "<sip:a@h;ob;Method=INVITE>;expires=3"],
)
def test_a_target_has_no_method_and_no_headers(contact: str) -> None:
    """RFC 3261 §19.1.1, table 1: a Request-URI has none of them."""
    dialog = uas(request(extra=(f"Contact: {contact}",)))
    again = uas()
    again.refresh_target(inside("INVITE", 2, f"Contact: {contact}"))

    assert dialog.remote_target == again.remote_target == b"sip:a@h;ob"
    assert uac(extra=(f"Contact: {contact}",)).remote_target == b"sip:a@h;ob"


def test_only_invite_and_update_move_the_remote_target() -> None:
    dialog = uas()
    targets = []
    for number, method in enumerate(("INFO", "OPTIONS", "INVITE", "UPDATE", "BYE"), start=2):
        contact = f"Contact: <sip:at-{method.lower()}@192.0.2.6>"
        request_inside = inside(method, number, contact)
        assert dialog.accept_request(request_inside) is None
        dialog.refresh_target(request_inside)
        targets.append(dialog.remote_target)

    assert targets == [
        b"sip:door@192.0.2.5:5060",
        b"sip:door@192.0.2.5:5060",
        b"sip:at-invite@192.0.2.6",
        b"sip:at-update@192.0.2.6",
        b"sip:at-update@192.0.2.6",
    ]


def test_a_re_invite_without_contact_or_with_record_route_changes_neither_target_nor_routes() -> (
    None
):
    dialog = uas(request(extra=(DOOR, ROUTES[0])))

    again = inside("INVITE", 2, ROUTES[1])
    assert dialog.accept_request(again) is None
    assert not dialog.refresh_target(again)
    assert (dialog.remote_target, dialog.route_set) == (
        b"sip:door@192.0.2.5:5060;ob",
        (b"<sip:p1.test;lr>", b"<sip:p2.test;lr>"),
    )


def test_ack_and_cancel_repeat_a_number_and_are_never_out_of_order() -> None:
    dialog = uas(request(cseq="10 INVITE"))
    dialog.accept_request(inside("INFO", 12))

    assert dialog.accept_request(inside("ACK", 10)) is None
    assert dialog.accept_request(inside("CANCEL", 10)) is None
    assert dialog.remote_seq == 12


def test_a_request_that_cannot_be_read_is_answered_400_without_effect() -> None:
    dialog = uas()
    before = facts(dialog)

    assert dialog.accept_request(inside("INVITE", 2, "Contact: *")) == 400
    assert dialog.accept_request(inside("INVITE", 2, "Contact: <sip:")) == 400
    assert dialog.accept_request(request("BYE", to=OURS, cseq="x BYE")) == 400
    assert facts(dialog) == before


# -- responses to ours --------------------------------------------------------------------


def test_a_2xx_to_invite_or_update_moves_the_remote_target() -> None:
    dialog = uac(extra=(DOOR,))
    targets = []
    for status, method in ((180, "INVITE"), (488, "INVITE"), (200, "INFO"), (200, "UPDATE")):
        contact = f"Contact: <sip:{method.lower()}-{status}@192.0.2.6>"
        dialog.accept_response(response(status, cseq=f"2 {method}", extra=(contact, *ROUTES)))
        targets.append(dialog.remote_target)
    dialog.accept_response(response(200, cseq="3 INVITE", extra=("Contact: <sip:last@h>", *ROUTES)))
    targets.append(dialog.remote_target)
    dialog.accept_response(response(200, cseq="4 INVITE"))
    targets.append(dialog.remote_target)

    first = b"sip:door@192.0.2.5:5060;ob"
    assert targets == [
        first,
        first,
        first,
        b"sip:update-200@192.0.2.6",
        b"sip:last@h",
        b"sip:last@h",
    ]
    assert dialog.route_set == ()


def test_a_response_that_cannot_be_read_changes_nothing() -> None:
    dialog = uac(180, extra=(DOOR,))
    before = facts(dialog)
    for extra in (("Contact: *",), (DOOR, "Record-Route: <sip:")):
        dialog.accept_response(response(200, extra=extra))
    dialog.accept_response(response(200, cseq="x", extra=(DOOR,)))

    assert facts(dialog) == before


def test_our_2xx_is_not_what_sets_the_route_set_of_the_callee() -> None:
    dialog = uas(request(extra=(DOOR, ROUTES[0])))
    dialog.accept_response(response(200, extra=("Contact: <sip:new@h>", ROUTES[1])))

    assert dialog.route_set == (b"<sip:p1.test;lr>", b"<sip:p2.test;lr>")
