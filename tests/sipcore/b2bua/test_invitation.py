"""What all B-legs of a call are told, and who calls according to whom (RFC 3323, RFC 3325)."""

import pytest

from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.invitation import Invitation, invitation_of
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, parse
from tests.support.peers import SDP, invite, unnamed
from tests.support.wire import DOOR, DOOR_PARTY, Wire

RESIDENT = Party("app", "2000000001", 'Ann "A" Smith')


def invitation(*extra: str, caller: Party = RESIDENT, reliable: bool = False) -> Invitation:
    frame = CallFrame("visit-1", Wire().endpoint.ports, 0.0)
    request = parse(invite(DOOR, extra=extra))
    assert isinstance(request, Request)
    plan = RingPlan("test", caller, "1001", ())
    return invitation_of(frame, plan, request, is_reliable=reliable)


def test_the_caller_is_named_by_the_directory() -> None:
    forged = ("P-Asserted-Identity: <sip:police@x>", "P-Preferred-Identity: <sip:police@x>")

    made = invitation(*forged, "Identity: x", "Remote-Party-ID: <sip:police@x>")

    assert made.from_ == b'"Ann \\"A\\" Smith" <sip:2000000001@doorline.test>'
    assert not any(b"dentity" in line or b"Remote" in line for line in made.lines)


@pytest.mark.parametrize("kinds", ["id", "user;header", "USER", "session, id", "header;critical"])
def test_a_resident_may_stay_unnamed(kinds: str) -> None:
    made = invitation(f"Privacy: {kinds}")

    assert made.from_ == b'"Anonymous" <sip:anonymous@anonymous.invalid>'
    assert made.is_private


def test_a_caller_that_names_nobody_in_from_stays_unnamed() -> None:
    """RFC 3323 §4.1.1.3."""
    frame = CallFrame("visit-1", Wire().endpoint.ports, 0.0)
    request = parse(unnamed(invite(DOOR)))
    assert isinstance(request, Request)
    made = invitation_of(frame, RingPlan("test", RESIDENT, "1001", ()), request, is_reliable=False)

    assert made.from_ == b'"Anonymous" <sip:anonymous@anonymous.invalid>'
    assert made.is_private


@pytest.mark.parametrize("kinds", ["none", "session", "critical", ""])
def test_other_kinds_of_privacy_hide_nobody(kinds: str) -> None:
    assert not invitation(f"Privacy: {kinds}").is_private


def test_a_door_cannot_hide_which_door_it_is() -> None:
    made = invitation("Privacy: id", caller=DOOR_PARTY)

    assert made.from_ == b'"Main Door" <sip:1000000001@doorline.test>'


@pytest.mark.parametrize(
    ("kinds", "caller", "missing"),
    [
        ("session;critical", RESIDENT, "session"),
        ("id;critical, x, session", RESIDENT, "session, x"),
        ("id;user;critical", DOOR_PARTY, "id, user"),
    ],
)
def test_who_insists_on_a_privacy_that_is_not_given_gets_no_call(
    kinds: str, caller: Party, missing: str
) -> None:
    """RFC 3323 §5: 500, and the phrase says which."""
    with pytest.raises(BadMessage, match=f"Privacy Failure: {missing}$") as raised:
        invitation(f"Privacy: {kinds}", caller=caller)

    assert raised.value.status == 500


@pytest.mark.parametrize("kinds", ["header;critical", "none;critical", "header;history;critical"])
def test_what_every_caller_gets_a_door_may_insist_on(kinds: str) -> None:
    assert not invitation(f"Privacy: {kinds}", caller=DOOR_PARTY).is_private


def test_hops_are_counted_and_the_body_is_taken_as_it_is() -> None:
    made = invitation(reliable=True)

    assert (made.max_forwards, made.body, made.content_type) == (69, SDP, b"application/sdp")
    assert b"X-Doorline-Visit: visit-1" in made.lines
    assert b"Supported: timer, replaces, 100rel" in made.lines
