"""Scanners are known by their User-Agent; nobody else is taken for one."""

import pytest

from sipcore.defence.policy import SCANNERS
from sipcore.defence.scanners import Scanners


@pytest.mark.parametrize(
    "agent",
    [
        b"friendly-scanner",
        b"Friendly-Scanner",
        b"sipvicious/0.3.4",
        b"sipcli/v1.8",
        b"my sundayddr",
        b"VaxSIPUserAgent/3.1",
        b"iWar",
        b"pplsip",
        b"sip-scan",
    ],
)
def test_a_scanner_is_recognised_wherever_its_name_stands(agent: bytes) -> None:
    assert Scanners(SCANNERS).include(agent)


@pytest.mark.parametrize(
    "agent",
    [None, b"", b"Akuvox SP-R29", b"sipsak 0.9.7", b"SIPp", b"baresip v1.0.0", b"PJSUA v2.15"],
)
def test_phones_and_the_tools_of_operators_are_no_scanners(agent: bytes | None) -> None:
    assert not Scanners(SCANNERS).include(agent)


def test_the_operator_names_other_scanners_and_an_empty_name_is_nobody() -> None:
    scanners = Scanners(("Nosy", ""))

    assert scanners.include(b"very-nosy/2") is True
    assert scanners.include(b"friendly-scanner") is False


def test_the_answers_that_are_remembered_are_bounded() -> None:
    scanners = Scanners(SCANNERS)
    for number in range(2000):
        scanners.include(b"phone %d" % number)
        scanners.include(b"x" * 5000 + b"%d" % number)

    assert len(scanners._known) <= 512
    assert all(len(agent) <= 128 for agent in scanners._known)
