"""RFC 3323: what a caller that asks for privacy gets, and what it hears when it gets none."""

from tests.conformance.line import Line, dial
from tests.support.wire import DOOR


def test_a_critical_privacy_that_is_not_given_fails_the_call() -> None:
    """§5: "then it MUST fail the request with a 500"; the phrase SHOULD say which is missing."""
    line = Line()

    assert line.say(dial("Privacy: session;critical")) == line.to(DOOR)
    (refused,) = line.to(DOOR)

    assert refused.start == "SIP/2.0 500 Privacy Failure: session"
    assert line.wire.remains.get("calls") is None


def test_without_critical_the_call_goes_on() -> None:
    """§5."""
    assert Line().ring(dial("Privacy: session")).method == b"INVITE"


def test_none_is_a_privacy_that_everybody_gets() -> None:
    """§4.2: no privacy function is wanted."""
    assert Line().ring(dial("Privacy: none")).method == b"INVITE"
