"""The defaults hurt nobody."""

from sipcore.defence.policy import SCANNERS, DefencePolicy


def test_the_tool_of_operators_is_not_taken_for_a_scanner() -> None:
    assert DefencePolicy().drop_user_agents == SCANNERS
    assert not any(name.lower() in "sipsak sipp asterisk" for name in SCANNERS)


def test_nobody_is_trusted_unless_the_operator_says_so() -> None:
    assert DefencePolicy().trusted == ()
