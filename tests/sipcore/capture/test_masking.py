"""What must not leave the server in a capture is there, and does not leave."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.capture.masking import masked

SECRET = b"q8Zr4tKw91"
HIDDEN = b"x" * len(SECRET)


def message(start: bytes, *lines: bytes, body: bytes = b"") -> bytes:
    head = (start, b"Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa", *lines)
    return b"\r\n".join(head) + b"\r\n\r\n" + body


REGISTER = b"REGISTER sip:doorline.test SIP/2.0"
INVITE = b"INVITE sip:1001@doorline.test SIP/2.0"
INFO = b"INFO sip:1001@192.0.2.7 SIP/2.0"
MESSAGE = b"MESSAGE sip:1001@doorline.test SIP/2.0"
RELAY = b"Content-Type: application/dtmf-relay"


@pytest.mark.parametrize(
    "line",
    [
        b'Authorization: Digest username="a", response="%b", uri="sip:d"',
        b'Authorization: Digest response="%b',
        b"Authorization: Digest response=%b",
        b"Authorization: Digest response=%b,uri=sip:d",
        b"Authorization: Digest response='%b'",
        b'AUTHORIZATION :Digest RESPONSE = "%b"',
        b'authorization:\tdigest nonce="%b"',
        b'Authorization:\r\n Digest username="a",\r\n\tresponse="%b"',
        b'Authorization: Digest username="a",\r\n response\r\n =\r\n "%b"',
        b'Authorization: Digest username="\\"", nonce="%b"',
        b'Authorization: Digest cnonce="%b"',
        b'Proxy-Authorization: Digest nonce="%b"',
        b'WWW-Authenticate: Digest realm="d", nonce="%b"',
        b'Proxy-Authenticate: Digest nonce="%b"',
        b'Authentication-Info: nextnonce="%b", rspauth="ab"',
        b'Authentication-Info: rspauth="%b"',
        b'Proxy-Authentication-Info: nextnonce="%b"',
        b"Authorization: Basic %b",
        b"Authorization: Bearer %b",
        b"Proxy-Authorization: Basic\r\n %b",
        b"From: <sip:1001:%b@doorline.test>",
        b"Contact: sips:1001:%b@192.0.2.7",
        b"To: <SIP:1001:%b@doorline.test>",
        b"Contact: <sip:1001@192.0.2.7;pn-provider=fcm;pn-prid=%b>",
        b"m: <sip:1001@192.0.2.7;PN-PRID=%b;ob>;expires=60",
    ],
)
@pytest.mark.parametrize("ending", [b"\r\n", b"\n"])
def test_a_proof_in_a_header_is_hidden_however_it_is_written(line: bytes, ending: bytes) -> None:
    sent = message(REGISTER, line % SECRET, b"CSeq: 1 REGISTER").replace(b"\r\n", ending)

    shown = masked(sent)

    assert SECRET in sent
    assert shown == sent.replace(SECRET, HIDDEN).replace(b'rspauth="ab"', b'rspauth="xx"')


@pytest.mark.parametrize(
    "line",
    [
        b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%b|2^20|1:32",
        b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:%b",
        b"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x|2^20|1:4;inline:%b|2^20|2:4",
        b"k=clear:%b",
        b"k=base64:%b",
        b"a=key-mgmt:mikey %b",
        b"a=ice-pwd:%b",
    ],
)
@pytest.mark.parametrize("start", [INVITE, b"SIP/2.0 200 OK"])
def test_a_key_in_sdp_is_hidden(line: bytes, start: bytes) -> None:
    sdp = b"\r\n".join((b"v=0", b"m=audio 4000 RTP/SAVP 0", line % SECRET, b"a=sendrecv", b""))
    sent = message(start, b"Content-Type: application/sdp", body=sdp)

    assert masked(sent) == sent.replace(SECRET, HIDDEN)


@pytest.mark.parametrize(
    ("lines", "body", "shown"),
    [
        ((RELAY,), b"Signal=7\r\nDuration=160\r\n", b"Signal=x\r\nDuration=160\r\n"),
        ((RELAY,), b"signal = *\nduration = 90", b"signal = x\nduration = 90"),
        ((RELAY,), b"Signal=10", b"Signal=xx"),
        ((RELAY,), b"Signal=A\r\n", b"Signal=x\r\n"),
        ((RELAY,), b'Signal="7"', b'Signal="x"'),
        ((RELAY,), b"Duration=160;Signal=7", b"Duration=160;Signal=x"),
        ((b"c: application/dtmf",), b"#", b"x"),
        ((b"c: application/dtmf",), b" D\r\n", b" x\r\n"),
        ((b"Content-Type: text/plain",), b"4711#", b"xxxxx"),
        ((b"Content-Type: application/vendor",), b"Key: 4711", b"Key: xxxx"),
        ((b"Content-Type: application/sdp",), b"Signal=7", b"Signal=x"),
        ((), b"47", b"xx"),
    ],
)
@pytest.mark.parametrize("start", [INFO, MESSAGE])
def test_digits_that_may_open_a_door_are_hidden(
    start: bytes, lines: tuple[bytes, ...], body: bytes, shown: bytes
) -> None:
    sent = message(start, *lines, body=body)

    assert masked(sent) == message(start, *lines, body=shown)


def test_a_code_in_a_text_message_is_hidden_and_the_text_is_not() -> None:
    sent = message(MESSAGE, b"Content-Type: text/plain", body=b"Parcel. The code is 4711.")

    assert masked(sent).endswith(b"Parcel. The code is xxxx.")


def test_digits_reported_by_kpml_are_hidden() -> None:
    body = b'<kpml-response version="1.0" code="200" digits="4711"/>'
    sent = message(b"NOTIFY sip:a@192.0.2.7 SIP/2.0", body=body)

    assert masked(sent) == sent.replace(b"4711", b"xxxx")


@pytest.mark.parametrize("name", [b"Content-Encoding: gzip", b"e: deflate"])
def test_a_body_that_nobody_can_look_into_is_hidden_as_a_whole(name: bytes) -> None:
    sent = message(INVITE, name, body=SECRET)

    assert masked(sent) == message(INVITE, name, body=HIDDEN)


def test_a_proof_in_garbage_is_hidden_too() -> None:
    garbage = b'Authorization: Digest response="' + SECRET + b'"\nnot a SIP message'

    assert masked(garbage) == garbage.replace(SECRET, HIDDEN)


@pytest.mark.parametrize(
    "sent",
    [
        message(
            INVITE, b'From: "Gate 4711" <sip:4711@doorline.test:5060>;tag=1', b"CSeq: 12 INVITE"
        ),
        message(
            INVITE, b"e: identity", b"Content-Type: application/sdp", body=b"v=0\r\ns=4711\r\n"
        ),
        message(INFO, b"Content-Type: application/media_control+xml", body=b"<a>12</a>"),
        message(b"SIP/2.0 200 OK", b"Contact: <sip:1001@192.0.2.7:5060>;expires=300"),
        message(INVITE, b"Subject: nonce=1, response=2"),
        b"\r\n\r\n",
        b"",
    ],
)
def test_everything_else_is_shown_as_it_is(sent: bytes) -> None:
    assert masked(sent) == sent


PIECES = [
    *(b"\r\n", b"\n", b" ", b"\t", b"@", b":", b"=", b'"', b"\\", b";", b",", b"\0", b"\xff", b"7"),
    *(b"Authorization: ", b"Digest ", b"response=", b"nonce=", b"sip:", b"INFO ", b"Signal="),
    *(b"a=crypto:", b"inline:", b"k=", b"Content-Encoding: x", b"MESSAGE ", b"digits="),
]


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_no_octets_break_it_or_change_in_length(octets: bytes) -> None:
    assert len(masked(octets)) == len(octets)


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_masking_twice_is_masking_once(octets: bytes) -> None:
    once = masked(octets)

    assert masked(once) == once
