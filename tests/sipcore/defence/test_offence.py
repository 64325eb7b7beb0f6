"""The weights of failures."""

from sipcore.defence.offence import Offence


def test_a_guess_weighs_most_and_a_flood_needs_thousands() -> None:
    assert max(Offence, key=lambda offence: offence.weight) is Offence.CREDENTIALS
    assert {offence.word: round(20 / offence.weight) for offence in Offence} == {
        "wrong_credentials": 20,
        "forged_identity": 20,
        "scanner": 20,
        "foreign_domain": 40,
        "unknown_number": 100,
        "unanswered_challenges": 1000,
        "flood": 10_000,
    }
