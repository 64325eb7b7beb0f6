"""Why a leg is released and how the other side is told."""

import re

import pytest

from sipcore.b2bua.release import ReleaseReason

GRAMMAR = re.compile(rb'Reason: (SIP|Q\.850);cause=\d{2,3};text="[A-Za-z ]+"').fullmatch


@pytest.mark.parametrize("reason", list(ReleaseReason))
def test_every_reason_is_a_header_of_rfc_3326(reason: ReleaseReason) -> None:
    assert GRAMMAR(reason.header)
    assert GRAMMAR(reason.bye_header)


def test_a_phone_that_lost_the_race_is_told_that_another_answered() -> None:
    expected = b'Reason: SIP;cause=200;text="Call completed elsewhere"'

    assert ReleaseReason.ANSWERED_ELSEWHERE.header == expected


def test_hanging_up_is_normal_clearing_on_either_side() -> None:
    normal = b'Reason: Q.850;cause=16;text="Normal call clearing"'

    assert ReleaseReason.CALLER_HUNG_UP.bye_header == normal
    assert ReleaseReason.CALLEE_HUNG_UP.bye_header == normal
    assert ReleaseReason.CALLER_HUNG_UP.header == (
        b'Reason: SIP;cause=487;text="Request Terminated"'
    )


def test_a_loss_is_what_no_phone_asked_for() -> None:
    assert {reason.value for reason in ReleaseReason if reason.is_loss} == {
        "leg_lost",
        "no_ack",
        "session_expired",
    }
