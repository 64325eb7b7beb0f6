"""Which INVITEs come from a trunk, and what they say."""

import pytest

from sipcore.b2bua.plan import IncomingCall, Party, Refusal, RingPlan
from sipcore.endpoint.lines import NO_LINES, Lines
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, parse
from sipcore.transport.locating import Candidate
from tests.support.peers import invite

PROVIDER = Flow("UDP", 0, "192.0.2.50", 5060)
SERVERS = (Candidate("UDP", "s", 5060, ("192.0.2.50", "192.0.2.51")),)


class Asked:
    """Keeps what is asked."""

    def __init__(self) -> None:
        self.calls: list[IncomingCall] = []
        self.begun: list[tuple[str, str]] = []

    def plan(self, call: IncomingCall) -> RingPlan | Refusal:
        self.calls.append(call)
        return Refusal(404, "unknown_line", Party("landline", "+1"), call.dialled)

    def began(self, call_id: str, trunk: str) -> None:
        self.begun.append((call_id, trunk))

    def failed(self, call_id: str) -> None:
        self.begun = [one for one in self.begun if one[0] != call_id]


def lines(*sources: str, in_to: bool = False, planner: Asked | None = None) -> Lines:
    """One trunk that takes calls in, beside one that takes none."""
    trunks = {
        "city": Trunk("city", "city.test", SERVERS, number_in_to=in_to),
        "out": Trunk("out", "out.test", (Candidate("UDP", "o", 5060, ("192.0.2.60",)),)),
    }
    return Lines(trunks, {"city": sources, "unknown": ()}, planner or Asked())


@pytest.mark.parametrize(
    ("flow", "name"),
    [
        (PROVIDER, "city"),
        (PROVIDER._replace(host="192.0.2.51"), "city"),
        (PROVIDER._replace(port=5062), None),
        (PROVIDER._replace(transport="TCP"), None),
        (PROVIDER._replace(host="192.0.2.60"), None),
        (PROVIDER._replace(host="192.0.2.1"), None),
    ],
)
def test_a_trunk_is_known_by_where_it_was_located(flow: Flow, name: str | None) -> None:
    assert lines().trunk_at(flow) == name


@pytest.mark.parametrize(
    ("flow", "name"),
    [
        (Flow("TLS", 2, "198.51.100.7", 40123), "city"),
        (Flow("UDP", 0, "2001:db8::9", 40123), "city"),
        (PROVIDER, None),
    ],
)
def test_or_by_the_networks_of_its_settings_alone(flow: Flow, name: str | None) -> None:
    assert lines("198.51.100.0/24", "2001:db8::/64").trunk_at(flow) == name


def test_without_trunks_nobody_is_one() -> None:
    assert NO_LINES.trunk_at(PROVIDER) is None
    NO_LINES.began("a", "b")


def asked(*extra: str, in_to: bool = False, dialled: str = "+49301") -> IncomingCall:
    """What the planner is asked for an INVITE with these header lines."""
    planner = Asked()
    request = parse(invite(PROVIDER, dialled, user="4477", extra=extra))
    assert isinstance(request, Request)
    lines(in_to=in_to, planner=planner).plan("city", request, 7.0)
    (call,) = planner.calls
    return call


def test_without_an_assertion_the_caller_is_froms() -> None:
    assert asked() == IncomingCall("city", "4477", "Forged", "+49301", 7.0)


@pytest.mark.parametrize(
    ("lines_of", "number", "display"),
    [
        (('P-Asserted-Identity: "Ann" <sip:+44123@city.test>',), "+44123", "Ann"),
        (("P-Asserted-Identity: tel:+44123",), "+44123", ""),
        (('P-Asserted-Identity: "Ann" <sip:+44123@city.test>, <tel:+44123>',), "+44123", "Ann"),
        (("P-Asserted-Identity: <tel:+44123>, <sip:+44123@city.test>",), "+44123", ""),
        (("P-Asserted-Identity: <, <tel:+44123>",), "4477", "Forged"),
        (("P-Asserted-Identity: <tel:+44123;cpc=3;npdi>",), "+44123", ""),
        (("P-Asserted-Identity: <",), "4477", "Forged"),
        (("P-Asserted-Identity: <sip:anonymous@anonymous.invalid>",), "", ""),
        (("P-Preferred-Identity: <sip:+44123@city.test>",), "4477", "Forged"),
    ],
)
def test_the_providers_assertion_is_believed(
    lines_of: tuple[str, ...], number: str, display: str
) -> None:
    call = asked(*lines_of)

    assert (call.number, call.display) == (number, display)


def test_what_is_said_of_a_number_is_no_part_of_it() -> None:
    """RFC 3261 §19.1.6, RFC 3966 §3: `rn` and `npdi` come from number portability."""
    assert asked(dialled="+49301;npdi;rn=+49300").dialled == "+49301"


def test_a_provider_may_name_our_number_in_to() -> None:
    assert asked(in_to=True, dialled="+49302").dialled == "+49302"


def test_a_call_that_begins_is_told() -> None:
    planner = Asked()

    lines(planner=planner).began("call", "city")

    assert planner.begun == [("call", "city")]


def test_a_call_that_does_not_begin_after_all_is_forgotten() -> None:
    planner = Asked()
    of = lines(planner=planner)
    of.began("c1", "city")
    of.began("c2", "city")

    of.failed("c1")
    NO_LINES.failed("c1")

    assert planner.begun == [("c2", "city")]
