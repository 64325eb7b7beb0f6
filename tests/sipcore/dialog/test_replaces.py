"""Reading Replaces and Refer-To (RFC 3891 §6.1, RFC 3515 §2.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.dialog.replaces import Replaces, parse_replaces, read_refer_to, read_replaces
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, parse

HEAD = (
    b"Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@x>;tag=1\r\nTo: <sip:b@x>;tag=2\r\n"
    b"Call-ID: 1\r\nCSeq: 2 REFER"
)


def request(*lines: bytes) -> Request:
    made = parse(b"\r\n".join((b"REFER sip:b@x SIP/2.0", HEAD, *lines, b"", b"")))
    assert isinstance(made, Request)
    return made


def test_a_dialog_is_named_by_call_id_and_both_tags() -> None:
    assert parse_replaces(b"425928@bobster.example.org;to-tag=7743;from-tag=6472") == Replaces(
        b"425928@bobster.example.org", b"7743", b"6472"
    )
    assert parse_replaces(b"x ; From-Tag = 2 ; to-tag=1;early-only") == Replaces(
        b"x", b"1", b"2", early_only=True
    )


def test_a_zero_stands_for_a_peer_without_tags() -> None:
    assert parse_replaces(b"x;to-tag=0;from-tag=0")[1:3] == (b"", b"")


def test_most_requests_replace_nothing() -> None:
    assert read_replaces(request()) is None


@given(st.binary(max_size=60))
def test_whatever_stands_there_is_a_value_or_a_bad_message(value: bytes) -> None:
    try:
        parse_replaces(value)
    except BadMessage:
        return


def test_a_target_is_read_with_its_dialog() -> None:
    line = b"Refer-To: <sip:1%2A2@x?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Require=replaces>"

    wish = read_refer_to(request(line))

    assert (wish.host, wish.dialled, wish.method) == ("x", "1*2", "INVITE")
    assert wish.replaces == Replaces(b"a@b", b"1", b"2")


def test_a_telephone_number_is_a_target_too() -> None:
    wish = read_refer_to(request(b"r: <tel:+4930123>"))

    assert (wish.host, wish.dialled, wish.replaces) == ("", "+4930123", None)


@pytest.mark.parametrize("lines", [(), (b"Refer-To: <sip:a@x>", b"Refer-To: <sip:b@x>")])
def test_there_is_exactly_one_target(lines: tuple[bytes, ...]) -> None:
    with pytest.raises(BadMessage):
        read_refer_to(request(*lines))
