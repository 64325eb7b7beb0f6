"""Descriptions made out of others (RFC 3264)."""

import pytest

from sipcore.message.sdp import held, is_sdp, narrowed, refused, resumed
from tests.support.peers import SDP


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (b"application/sdp", True),
        (b"Application/SDP;charset=utf-8", True),
        (b"application/sdp ; x", True),
        (b"multipart/mixed;boundary=x", False),
        (b"nonsense", False),
        (b"", False),
    ],
)
def test_sdp_is_known_by_its_type(content_type: bytes, expected: bool) -> None:
    assert is_sdp(content_type) is expected


def test_every_stream_of_an_offer_is_refused_by_port_zero() -> None:
    offer = SDP + b"a=rtpmap:101 telephone-event/8000\r\nm=video 4002 RTP/AVP 99\r\n"

    assert refused(offer) == offer.replace(b"audio 4000", b"audio 0").replace(
        b"video 4002", b"video 0"
    )


def test_a_mutilated_media_line_is_survived() -> None:
    assert refused(b"v=0\nm=\r\nm=audio") == b"v=0\r\nm= 0\r\nm=audio 0\r\n"


def test_every_stream_is_accepted_and_none_is_active() -> None:
    offer = SDP + b"a=rtpmap:0 PCMU/8000\r\na=sendrecv\r\nm=video 4002 RTP/AVP 96\r\na=mid:v\r\n"

    lines = held(offer).split(b"\r\n")

    assert [line for line in lines if line[:2] == b"m="] == [
        b"m=audio 9 RTP/AVP 0",
        b"m=video 9 RTP/AVP 96",
    ]
    assert lines.count(b"a=inactive") == 2
    assert b"a=rtpmap:0 PCMU/8000" in lines
    assert b"a=mid:v" in lines
    assert b"a=sendrecv" not in lines


def test_a_stream_that_was_refused_stays_refused() -> None:
    assert b"m=video 0 RTP/AVP 96" in held(SDP + b"m=video 0 RTP/AVP 96\r\n")


def test_a_party_on_hold_is_offered_as_if_it_were_not() -> None:
    hold = SDP + b"a=recvonly\r\na=ptime:20\r\n"

    assert resumed(hold, b"application/SDP; x=y") == SDP + b"a=ptime:20\r\n"


def test_another_kind_of_body_is_left_as_it_is() -> None:
    assert resumed(b"a=recvonly\r\n", b"text/plain") == b"a=recvonly\r\n"


OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 111 8 0 101\r\n"
    b"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n"
    b"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=sendrecv\r\n"
    b"m=video 4002 RTP/AVP 111\r\na=rtpmap:111 H264/90000\r\n"
)


def test_a_provider_is_offered_its_codecs_and_digits_and_the_streams_keep_their_places() -> None:
    made = narrowed(OFFER, frozenset(("pcma",)))

    assert made == OFFER.replace(b"RTP/AVP 111 8 0 101", b"RTP/AVP 8 101").replace(
        b"a=rtpmap:111 opus/48000/2\r\na=fmtp:111 useinbandfec=1\r\n", b""
    )


def test_a_codec_is_known_by_its_rtpmap_in_any_case() -> None:
    assert b"RTP/AVP 111 101\r\n" in narrowed(OFFER, frozenset(("opus",)))


@pytest.mark.parametrize(
    "description", [OFFER, b"", b"v=0\r\n", b"m=audio\r\n", b"m=audio 1 RTP/AVP\r\n", b"m=audio "]
)
def test_what_would_have_nothing_left_stays_as_it_is(description: bytes) -> None:
    assert narrowed(description, frozenset(("amr",))) == description


def test_an_endless_list_of_payload_types_is_narrowed_in_one_pass() -> None:
    types = b" ".join([b"0", b"99"] * 8_000)

    made = narrowed(b"v=0\r\nm=audio 4000 RTP/AVP " + types + b"\r\n", frozenset(("pcmu",)))

    assert made == b"v=0\r\nm=audio 4000 RTP/AVP " + b" ".join([b"0"] * 8_000) + b"\r\n"
