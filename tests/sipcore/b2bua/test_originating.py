"""Who sends, and how far it may go."""

import pytest

from sipcore.b2bua.originating import hops_left, identity
from sipcore.b2bua.plan import Party
from sipcore.message.message import Request, parse


def test_a_name_is_quoted_and_printable() -> None:
    named = Party("app", "42", 'Say "hi" \\o/\r\nX: y')

    assert identity(named, b"d.test") == b'"Say \\"hi\\" \\\\o/X: y" <sip:42@d.test>'


@pytest.mark.parametrize("display", ["", "\r\n"])
def test_without_a_printable_name_there_is_the_address_alone(display: str) -> None:
    assert identity(Party("app", "42", display), b"d.test") == b"<sip:42@d.test>"


@pytest.mark.parametrize(
    ("line", "left"), [(b"", 69), (b"Max-Forwards: 10\r\n", 9), (b"Max-Forwards: 0\r\n", 0)]
)
def test_a_hop_is_counted(line: bytes, left: int) -> None:
    """RFC 3261 §16.6 step 3."""
    request = parse(b"MESSAGE sip:b@x SIP/2.0\r\n" + line + b"\r\n")
    assert isinstance(request, Request)

    assert hops_left(request) == left
