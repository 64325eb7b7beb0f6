"""What becomes of a call as a whole, unless the site says otherwise."""

from sipcore.b2bua.policy import LEG, SCOPES, USUAL, RingPolicy


def test_usually_one_phone_decides_for_itself_alone_and_nobody_counts_the_seconds() -> None:
    assert (USUAL.declined, USUAL.global_failure) == (LEG, LEG)
    assert (USUAL.longest, USUAL.early) == (None, 0)
    assert RingPolicy() == USUAL


def test_a_word_ends_a_leg_a_stage_or_the_visit() -> None:
    assert SCOPES == ("leg", "stage", "visit")
