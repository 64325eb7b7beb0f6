"""Who calls, as a telephone provider wants to read it."""

import pytest

from sipcore.b2bua.trunk_identity import ANONYMOUS, TrunkIdentity

PAI = b"P-Asserted-Identity: <sip:4930@p.test>"
NUMBER = b"sip:4930@p.test"


@pytest.mark.parametrize(
    ("display", "sender"),
    [
        ("", b"<sip:4930@p.test>"),
        ("Intercom", b'"Intercom" <sip:4930@p.test>'),
        ("Door {caller}", b'"Door Main \\"1\\"X: y" <sip:4930@p.test>'),
        ("{user} {0}", b'"{user} {0}" <sip:4930@p.test>'),
    ],
)
def test_the_name_is_what_the_settings_say(display: str, sender: bytes) -> None:
    shown = TrunkIdentity(NUMBER, display).sender('Main "1"\r\nX: y', is_private=False)

    assert shown == sender


def test_a_hidden_caller_is_nobody_where_the_network_is_told_the_number() -> None:
    assert TrunkIdentity(NUMBER, "{caller}", PAI).sender("Ann", is_private=True) == ANONYMOUS


def test_a_hidden_caller_lends_no_name_to_the_number() -> None:
    shown = TrunkIdentity(NUMBER, "{caller}").sender("Ann", is_private=True)

    assert shown == b"<sip:4930@p.test>"


@pytest.mark.parametrize(
    ("identity", "is_private", "lines"),
    [
        (TrunkIdentity(NUMBER), False, b""),
        (TrunkIdentity(NUMBER, asserted=PAI), True, b"\r\n" + PAI),
        (
            TrunkIdentity(NUMBER, asserted=PAI, diversion=NUMBER),
            False,
            b"\r\n" + PAI + b"\r\nDiversion: <sip:4930@p.test>;reason=unconditional;counter=1",
        ),
        (
            TrunkIdentity(NUMBER, diversion=NUMBER),
            True,
            b"\r\nDiversion: <sip:4930@p.test>;reason=unconditional;counter=1;privacy=full",
        ),
    ],
)
def test_further_lines_are_those_of_the_settings(
    identity: TrunkIdentity, is_private: bool, lines: bytes
) -> None:
    assert identity.lines(is_private=is_private) == lines
