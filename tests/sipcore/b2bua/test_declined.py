"""An answer that accepts nothing."""

from sipcore.b2bua.declined import SDP, declined
from sipcore.message.message import Message, parse

OFFER = (
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
    b"m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"
    b"m=video 4002 RTP/AVP 99\r\n"
)


def offer(content_type: bytes, body: bytes = OFFER) -> Message:
    """A 200 with this body."""
    return parse(
        b"SIP/2.0 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n%b"
        % (content_type, len(body), body)
    )


def test_every_stream_of_an_offer_is_refused_by_port_zero() -> None:
    refused = OFFER.replace(b"audio 4000", b"audio 0").replace(b"video 4002", b"video 0")

    assert declined(offer(b"application/sdp")) == (refused, SDP)
    assert declined(offer(b"Application/SDP;charset=utf-8")) == (refused, SDP)


def test_what_is_no_sdp_is_not_answered() -> None:
    assert declined(None) == (b"", b"")
    assert declined(offer(b"multipart/mixed;boundary=x")) == (b"", b"")
    assert declined(offer(b"nonsense")) == (b"", b"")


def test_a_mutilated_media_line_is_survived() -> None:
    body, _ = declined(offer(b"application/sdp", b"v=0\nm=\r\nm=audio"))

    assert body == b"v=0\r\nm= 0\r\nm=audio 0\r\n"
