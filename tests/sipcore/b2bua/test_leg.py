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


@pytest.mark.parametrize(
    ("extra", "reached"),
    [((), STREAM._replace(port=5070, connection=0)), (("Record-Route: <sip:edge;lr>",), STREAM)],
)
def test_when_its_connection_is_gone_a_leg_turns_to_the_contact_but_not_past_a_proxy(
    extra: tuple[str, ...], reached: Flow
) -> None:
    leg = Leg(0, PARTY, STREAM)
    leg.dialog = made = dialog(*extra, contact="sip:a@192.0.2.1:5070;transport=tcp")
    made.flow = STREAM

    leg.turn_to_contact()

    assert leg.flow == made.flow == reached


@pytest.mark.parametrize("connection", [7, 8])
def test_what_is_accepted_late_leads_to_no_connection_that_was_left(connection: int) -> None:
    newest = STREAM._replace(port=40001, connection=connection)
    leg = Leg(0, PARTY, newest)
    leg.dialog = made = dialog()
    moving = parse(invite(DOOR).replace(b"192.0.2.1:5062>", b"192.0.2.1:5064>"))
    assert isinstance(moving, Request)

    leg.refresh_target(made, moving, STREAM)

    assert made.remote_target == b"sip:1000000001@192.0.2.1:5064"
    assert leg.flow == (STREAM if connection == STREAM.connection else newest)


def test_a_target_that_stays_the_same_leads_nowhere_else() -> None:
    leg = Leg(0, PARTY, DOOR)
    leg.dialog = made = dialog()
    same = parse(invite(DOOR))
    assert isinstance(same, Request)

    leg.refresh_target(made, same, DOOR._replace(host="192.0.2.9"))

    assert leg.flow == made.flow == DOOR


def test_the_target_of_another_dialog_is_not_where_the_leg_is_reached() -> None:
    leg = Leg(0, PARTY, DOOR)
    leg.dialog, early = dialog(), dialog()
    moving = parse(invite(DOOR).replace(b"192.0.2.1:5062>", b"192.0.2.1:5064>"))
    assert isinstance(moving, Request)

    leg.refresh_target(early, moving, DOOR)

    assert early.remote_target == b"sip:1000000001@192.0.2.1:5064"
    assert leg.flow == leg.dialog.flow == DOOR


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
