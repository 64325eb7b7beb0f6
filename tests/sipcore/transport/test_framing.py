"""Messages in a TCP or TLS stream; how they are cut: tests/sipcore/message/test_framing.py."""

from sipcore.message.framing import PING
from sipcore.transport.framing import StreamFraming
from tests.support.streams import MESSAGE


def test_messages_are_passed_on_and_pings_told() -> None:
    framing = StreamFraming()

    items = framing.feed(b"\r\n\r\n" + MESSAGE + b"\r\n\r\n" + MESSAGE[:5])

    assert (items, framing.to_send()) == ([PING, MESSAGE, PING], b"")
    assert (framing.is_waiting, framing.is_over, framing.is_ready) == (True, False, True)


def test_a_stream_that_cannot_be_read_on_is_over_and_keeps_what_it_refused() -> None:
    framing = StreamFraming()
    broken = b"OPTIONS sip:a SIP/2.0\r\nX: y\r\n\r\n"

    messages = framing.feed(MESSAGE + broken)

    assert messages == [MESSAGE]
    assert framing.failed is not None
    assert (framing.is_over, framing.rejected, framing.failed.status) == (True, broken, 400)
    assert framing.feed(MESSAGE) == []


def test_a_message_is_sent_as_it_is_and_nobody_says_farewell() -> None:
    framing = StreamFraming()

    assert (framing.wrap(MESSAGE), framing.farewell()) == (MESSAGE, b"")
