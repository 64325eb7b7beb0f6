"""Descriptions of the moment before two parties have negotiated (RFC 3264)."""

from sipcore.b2bua.held import held, resumed
from tests.support.peers import SDP


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
