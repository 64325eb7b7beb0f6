"""What the failure of a leg says of the people behind it."""

import pytest

from sipcore.b2bua.leg import Leg
from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import Route
from sipcore.b2bua.verdict import DECLINED, FAILED, GLOBAL_FAILURE, has_spoken, verdict_of
from sipcore.kernel.flow import Flow
from sipcore.message.message import Response, parse

FLOW = Flow("UDP", 0, "192.0.2.11", 5060)


def leg(*, rang: bool = False, alerted: bool = False, trunk: str | None = None) -> Leg:
    made = Leg(1, Party("indoor", "a"), FLOW, route=Route(b"sip:a@h", FLOW, b"sip:a", trunk=trunk))
    made.rang, made.alerted = rang, alerted
    return made


def response(status: int, *lines: str) -> Response:
    head = "".join(f"{line}\r\n" for line in (f"SIP/2.0 {status} X", "To: <sip:a@h>", *lines))
    made = parse(head.encode() + b"\r\n")
    assert isinstance(made, Response)
    return made


def said(status: int, of: Leg, *lines: str) -> str:
    return verdict_of(of, status, response(status, *lines))


@pytest.mark.parametrize("status", [603, 607])
def test_603_and_607_are_said_by_a_person_whether_the_phone_rang_or_not(status: int) -> None:
    assert said(status, leg()) == said(status, leg(rang=True)) == DECLINED


@pytest.mark.parametrize("status", [600, 604, 606, 608])
def test_any_other_6xx_is_a_global_failure(status: int) -> None:
    assert said(status, leg(rang=True)) == GLOBAL_FAILURE


@pytest.mark.parametrize("status", [403, 404, 480, 486])
def test_a_phone_that_rang_says_by_these_that_a_person_declined(status: int) -> None:
    assert said(status, leg(rang=True)) == DECLINED
    assert said(status, leg()) == FAILED


@pytest.mark.parametrize("status", [408, 487, 488, 500, 503])
def test_a_phone_that_rang_and_cannot_go_on_declines_nothing(status: int) -> None:
    assert said(status, leg(rang=True)) == FAILED


def test_a_phone_that_says_nobody_answered_declines_nothing() -> None:
    rang = leg(rang=True)

    assert said(480, rang, 'Reason: Q.850 ;cause=19;text="No answer"') == FAILED
    assert said(480, rang, "Reason: Q.850;cause=18") == FAILED
    assert said(480, rang, "Reason: Q.850;cause=21") == DECLINED
    assert said(480, rang, "Reason: SIP;cause=19") == DECLINED


@pytest.mark.parametrize("status", [403, 480, 486])
def test_through_a_trunk_only_a_180_tells_that_a_telephone_rang(status: int) -> None:
    assert said(status, leg(rang=True, alerted=True, trunk="p")) == DECLINED
    assert said(status, leg(rang=True, trunk="p")) == FAILED


def test_through_a_trunk_404_is_a_number_that_does_not_exist() -> None:
    assert said(404, leg(rang=True, alerted=True, trunk="p")) == FAILED


def test_where_nobody_said_anything_nobody_declined() -> None:
    assert verdict_of(leg(rang=True), 408, None) == FAILED


def test_a_phone_speaks_for_itself_and_an_edge_proxy_only_when_it_rang_or_declined() -> None:
    behind = leg()
    behind.route = Route(b"sip:a@h", FLOW, b"sip:a", path=(b"<sip:edge;lr>",))
    gone = response(430)

    assert has_spoken(leg(), FAILED, gone)
    assert not has_spoken(leg(), FAILED, None)
    assert not has_spoken(behind, FAILED, gone)
    assert has_spoken(behind, DECLINED, response(603))
    behind.rang = True
    assert has_spoken(behind, FAILED, response(500))
