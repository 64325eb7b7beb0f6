"""Legs and where their peers are reached."""

import pytest

from sipcore.b2bua.leg import Leg, LegState, Purpose, Use, reach_of
from sipcore.b2bua.plan import Party
from sipcore.dialog.dialog import Dialog
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, parse
from tests.support.peers import invite
from tests.support.wire import DOOR

PARTY = Party("door", "1000000001")
STREAM = Flow("TCP", 0, "192.0.2.1", 40000, 7)


def dialog(*extra: str, contact: str = "sip:1000000001@192.0.2.1:5062") -> Dialog:
    """The dialog of a door that named this contact."""
    data = invite(DOOR, extra=extra).replace(b"sip:1000000001@192.0.2.1:5062", contact.encode())
    request = parse(data)
    assert isinstance(request, Request)
    return Dialog.from_request(request, b"tag", DOOR)


@pytest.mark.parametrize(
    ("contact", "source", "reached"),
    [
        ("sip:a@192.0.2.1:5070", DOOR, DOOR._replace(port=5070)),
        ("sip:a@192.0.2.1", DOOR, DOOR._replace(port=5060)),
        ("sip:a@10.0.0.1:5070", DOOR, DOOR),
        ("sip:a@192.0.2.1:5070", STREAM, STREAM),
    ],
)
def test_a_peer_is_reached_at_its_host_and_at_the_port_it_names(
    contact: str, source: Flow, reached: Flow
) -> None:
    assert reach_of(dialog(contact=contact), source) == reached


def test_behind_a_proxy_the_flow_is_the_proxys() -> None:
    routed = dialog("Record-Route: <sip:edge;lr>", contact="sip:a@192.0.2.1:5070")

    assert reach_of(routed, DOOR) == DOOR


def test_a_leg_that_follows_moves_its_dialog_with_it() -> None:
    leg = Leg(0, PARTY, DOOR)
    leg.follow(STREAM)
    alone = leg.flow
    leg.dialog = dialog()

    leg.follow(STREAM)

    assert (alone, leg.flow, leg.dialog.flow) == (DOOR, STREAM, STREAM)


def test_the_callers_leg_is_number_zero() -> None:
    assert (Leg(0, PARTY, DOOR).is_caller, Leg(1, PARTY, DOOR).is_caller) == (True, False)
    assert Leg(0, PARTY, DOOR).state is LegState.CALLING


def test_a_use_begins_unsent_and_unanswered() -> None:
    use = Use(Leg(1, PARTY, DOOR), Purpose.INVITE, b"INVITE", DOOR, None)

    assert (use.is_open, use.heard, use.cancelled, use.acks) == (False, False, False, None)


def test_a_leg_that_talks_forgets_its_invite_when_no_2xx_can_come_again() -> None:
    leg = Leg(1, PARTY, DOOR)
    leg.invite = use = Use(leg, Purpose.INVITE, b"INVITE", DOOR, None)

    kept: list[Use | None] = []
    for state in (LegState.CALLING, LegState.TALKING):
        leg.state = state
        use.rest()
        kept.append(leg.invite)

    assert kept == [use, None]


def test_reliable_responses_of_an_early_dialog_come_in_order_and_of_few_dialogs() -> None:
    leg = Leg(1, PARTY, DOOR)

    assert [leg.is_next(b"a", number) for number in (7, 8, 8, 10, 9)] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert [leg.is_next(b"fork%d" % n, 1) for n in range(9)] == [True] * 7 + [False] * 2
