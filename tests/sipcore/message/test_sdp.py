import pytest
from hypothesis import given
from hypothesis import strategies as st

from sipcore.kernel.errors import BadMessage
from sipcore.message.sdp import Media, SessionDescription

DOOR = (
    b"v=0\r\no=door 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\n"
    b"m=audio 12000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n"
    b"m=video 12002 RTP/AVP 104\r\nc=IN IP4 10.0.0.6\r\na=sendonly\r\n"
)


def test_media_take_what_they_leave_out_from_the_session() -> None:
    assert SessionDescription.parse(DOOR) == SessionDescription(
        "10.0.0.5",
        "sendrecv",
        (
            Media("audio", 12000, "RTP/AVP", ("0", "8", "101"), "10.0.0.5", "sendrecv"),
            Media("video", 12002, "RTP/AVP", ("104",), "10.0.0.6", "sendonly"),
        ),
    )


def test_a_session_direction_applies_to_every_medium_without_its_own() -> None:
    session = SessionDescription.parse(
        b"v=0\nc=IN IP6 2001:db8::1\na=inactive\n"
        b"m=audio 1/2 RTP/AVP 0\nm=video 0 RTP/AVP 1\na=recvonly"
    )

    assert session == SessionDescription(
        "2001:db8::1",
        "inactive",
        (
            Media("audio", 1, "RTP/AVP", ("0",), "2001:db8::1", "inactive"),
            Media("video", 0, "RTP/AVP", ("1",), "2001:db8::1", "recvonly"),
        ),
    )


def test_a_multicast_address_is_read_without_its_ttl() -> None:
    assert SessionDescription.parse(b"v=0\r\nc=IN IP4 224.2.1.1/127/3\r\n").address == "224.2.1.1"


@pytest.mark.parametrize(
    ("address", "direction", "held"),
    [
        ("10.0.0.1", "sendrecv", False),
        ("10.0.0.1", "recvonly", False),
        ("10.0.0.1", "sendonly", True),
        ("10.0.0.1", "inactive", True),
        ("0.0.0.0", "sendrecv", True),  # noqa: S104
    ],
)
def test_a_medium_on_hold_does_not_want_to_hear(address: str, direction: str, held: bool) -> None:
    assert Media("audio", 1, "RTP/AVP", ("0",), address, direction).is_held is held


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"testing=123",
        b"v=1\r\n",
        b"m=audio 1 RTP/AVP 0\r\nv=0\r\n",
        b"v=0\r\nm=audio\r\n",
        b"v=0\r\nm=audio x RTP/AVP 0\r\n",
        b"v=0\r\nm=audio -1 RTP/AVP 0\r\n",
        b"v=0\r\nm=audio 65536 RTP/AVP 0\r\n",
        b"v=0\r\nm=audio 1 RTP/AVP\r\n",
        b"v=0\r\nc=IN IP4\r\n",
        b"v=0\r\nc=ATM IP4 x\r\n",
    ],
)
def test_what_is_not_a_session_description_is_refused(body: bytes) -> None:
    with pytest.raises(BadMessage, match="session description"):
        SessionDescription.parse(body)


@given(st.binary() | st.binary().map(lambda rest: b"v=0\r\n" + rest))
def test_any_octets_are_a_session_description_or_refused(body: bytes) -> None:
    try:
        session = SessionDescription.parse(body)
    except BadMessage:
        return
    assert all(0 <= media.port <= 65535 for media in session.media)
