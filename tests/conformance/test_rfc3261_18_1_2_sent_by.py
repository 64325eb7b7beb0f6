"""RFC 3261 §18.1.2: a response whose top Via names somebody else is not for us."""

import pytest

from tests.conformance.line import Line
from tests.support.peers import reply
from tests.support.wire import MONITOR


def answered(written: bytes) -> tuple[list[int], int]:
    """What the caller hears of a 180 whose sent-by is `written`, and the count of strays."""
    line = Line()
    leg = line.ring()
    sent_by = leg.via.raw.partition(";")[0].encode()
    ringing = reply(leg, 180, flow=MONITOR)
    assert ringing.count(sent_by) == 1

    heard = line.say(ringing.replace(sent_by, written), MONITOR)
    return [one.status for one in heard], line.wire.endpoint.counters["stray_responses"]


@pytest.mark.parametrize(
    "written",
    [
        b"SIP/2.0/UDP 203.0.113.9:5060",
        b"SIP/2.0/UDP 192.0.2.100:5099",
        b"SIP/2.0/UDP 192.0.2.1000",
        b"SIP/2.0/UDP 192.0.2.10",
        b"SIP/2.0/TCP 192.0.2.100:5060",
        b"SIP/3.0/UDP 192.0.2.100:5060",
    ],
)
def test_another_sent_by_is_discarded_without_a_word(written: bytes) -> None:
    assert answered(written) == ([], 1)


@pytest.mark.parametrize(
    "written",
    [
        b"SIP/2.0/UDP 192.0.2.100:5060",
        b"sip/2.0/udp   192.0.2.100 : 5060",
        b"SIP / 2.0 / UDP 192.0.2.100",
    ],
)
def test_our_sent_by_in_another_spelling_is_ours(written: bytes) -> None:
    """§20.42: white space, case and the port that goes without saying do not matter."""
    assert answered(written) == ([180], 0)
