"""RFC 5393 and RFC 7332: loops, hops and breadth of a B2BUA that rings several phones."""

import pytest

from tests.conformance.line import DOMAIN, Line, dial, phone, summary
from tests.support.plain_message import read
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, responses, stage


def two_phones() -> Wire:
    """A stage that rings two phones at once."""
    return Wire(stage("indoor", "monitor", "app"), contacts={"monitor": [MONITOR], "app": [APP]})


def breadths(*extra: str) -> list[int]:
    """Max-Breadth of every leg that rings at the same time."""
    legs = requests(two_phones().receive(dial(*extra), DOOR), b"INVITE")
    return [int(read(leg.raw).get("Max-Breadth") or 0) for leg in legs]


@pytest.mark.parametrize(("given", "sent"), [("70", 69), ("1", 0), ("255", 254), ("0071", 70)])
def test_max_forwards_is_copied_less_one(given: str, sent: int) -> None:
    """RFC 7332 §5, RFC 3261 §16.6 step 3."""
    for leg in requests(two_phones().receive(dial(hops=f"Max-Forwards: {given}"), DOOR), b"INVITE"):
        assert leg.first(b"max-forwards") == b"%d" % sent


def test_without_max_forwards_there_is_one_of_70_at_most() -> None:
    """RFC 7332 §5: it MUST be created; 70 is what a proxy writes."""
    (leg,) = requests(Line().wire.receive(dial(hops=None), DOOR), b"INVITE")

    assert leg.first(b"max-forwards") in (b"69", b"70")


def test_zero_hops_is_483() -> None:
    """RFC 7332 §5: a UAS of a B2BUA checks it too."""
    assert summary(Line().say(dial(hops="Max-Forwards: 0"))) == ["483 INVITE"]


def test_without_max_breadth_one_of_60_is_made_and_divided() -> None:
    """RFC 7332 §6, RFC 5393 §5.3.3."""
    assert 2 <= sum(breadths()) <= 60
    assert min(breadths()) >= 1


@pytest.mark.parametrize("given", [2, 10, 60])
def test_max_breadth_is_divided_among_legs_that_ring_at_once(given: int) -> None:
    """RFC 5393 §5.3.3: the sum MUST NOT exceed what came in."""
    found = breadths(f"Max-Breadth: {given}")

    assert sum(found) == given
    assert min(found) >= 1


def test_more_breadth_than_allowed_is_cut() -> None:
    """RFC 5393 §5.3.3: a maximum of 60 is RECOMMENDED."""
    assert 2 <= sum(breadths("Max-Breadth: 100000")) <= 60


def test_too_little_breadth_is_440_or_serial() -> None:
    """RFC 5393 §5.3.3: one leg, or 440."""
    sent = Line(two_phones()).say(dial("Max-Breadth: 1"))
    legs = [one for one in sent if one.method == "INVITE" and not one.status]

    assert len(legs) == 1 or "440 INVITE" in summary(sent)


@pytest.mark.parametrize("name", ["X-Doorline-Visit", "x-doorline-visit", "X-DOORLINE-VISIT"])
def test_a_leg_that_comes_back_is_a_loop(name: str) -> None:
    """RFC 5393 §4.2 for proxies; a B2BUA makes a new Via, so its legs carry the call's id."""
    line = Line()
    visit = read(line.ring().raw).get("X-Doorline-Visit")
    back = dial(
        f"{name}: {visit}",
        call_id="Call-ID: back",
        via="Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bKback",
    )

    assert summary(line.say(back)) == ["482 INVITE"]


@pytest.mark.parametrize("value", ["", "x", "\udcff", "a" * 5000, "../../x"])
def test_an_id_that_is_no_call_of_ours_is_no_loop(value: str) -> None:
    """The header is a hint of ours; what others write there neither loops nor harms."""
    sent = summary(Line().say(dial(f"X-Doorline-Visit: {value}")))

    assert "482 INVITE" not in sent
    assert "INVITE" in sent


def test_two_phones_at_once_do_not_fit_into_a_breadth_of_one() -> None:
    """RFC 5393 §5.3.3: never is one of them left out without a word."""
    wire = two_phones()

    sent = Line(wire).say(dial("Max-Breadth: 1"))

    assert summary(sent)[-1] == "440 INVITE"
    assert wire.journal.names == ["CallRefused"]


def test_one_phone_fits_into_a_breadth_of_one() -> None:
    """RFC 5393 §5.3.3: nobody needs to fork."""
    (leg,) = requests(Line().wire.receive(dial("Max-Breadth: 1"), DOOR), b"INVITE")

    assert read(leg.raw).get("Max-Breadth") == "1"


def paged(*extra: str) -> tuple[list[int], list[int]]:
    """Max-Breadth of each copy of a message to two phones, and what the sender hears."""
    wire = two_phones()
    wire.addressees.numbers["1001"] = ("monitor", "app")
    text = phone("MESSAGE", f"sip:1001@{DOMAIN}", *extra, body=b"Hello", kind="text/plain")
    sent = wire.receive(text, DOOR)
    copies = [int(read(one.raw).get("Max-Breadth") or 0) for one in requests(sent, b"MESSAGE")]
    return copies, [one.status for one in responses(sent)]


@pytest.mark.parametrize(
    ("line", "sum_"),
    [("Max-Breadth: 2", 2), ("Max-Breadth: 7", 7), ("Max-Breadth: 999", 60), ("X-None: 1", 60)],
)
def test_the_copies_of_a_message_share_its_breadth(line: str, sum_: int) -> None:
    """RFC 5393 §5.3.3, RFC 7332 §6."""
    copies, heard = paged(line)

    assert (len(copies), sum(copies), heard) == (2, sum_, [])
    assert min(copies) >= 1


@pytest.mark.parametrize("breadth", [0, 1])
def test_a_message_that_may_not_reach_all_at_once_is_440(breadth: int) -> None:
    """RFC 5393 §5.3.3."""
    assert paged(f"Max-Breadth: {breadth}") == ([], [440])
