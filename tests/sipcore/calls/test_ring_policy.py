from dataclasses import replace

from directory.ringing import OPEN, Ringing
from sipcore.b2bua.policy import LEG, STAGE, VISIT, RingPolicy
from sipcore.calls.ring_policy import confirms, passed_over, policy_of, rounds_of
from tests.support.dial_site import residence

PLAIN = residence()
STRICT = replace(PLAIN, ringing=Ringing("visit", "stage", 120.0, 2, 183, confirms=True, key="5"))


def test_a_site_without_an_opinion_tells_doors_that_it_rings_and_lets_each_phone_decide() -> None:
    assert policy_of(PLAIN, OPEN, is_visit=True) == RingPolicy(LEG, LEG, None, 180)
    assert policy_of(PLAIN, OPEN, is_visit=False) == RingPolicy(LEG, LEG, None, 0)


def test_the_sites_word_counts_where_the_owner_says_nothing() -> None:
    assert policy_of(STRICT, OPEN, is_visit=True) == RingPolicy(VISIT, STAGE, 120.0, 183, "5")
    assert (rounds_of(STRICT, OPEN), confirms(STRICT, OPEN)) == (2, True)


def test_the_owners_word_goes_before_the_sites() -> None:
    own = Ringing("leg", "leg", 60.0, 1, 0, confirms=False)

    assert policy_of(STRICT, own, is_visit=True) == RingPolicy(LEG, LEG, 60.0, 0, "5")
    assert (rounds_of(STRICT, own), confirms(STRICT, own)) == (1, False)


def test_what_is_passed_over_is_said_once() -> None:
    site = replace(PLAIN, ringing=Ringing(faults=("rounds",)))

    assert passed_over(PLAIN, OPEN) == ()
    assert passed_over(site, Ringing(faults=("delays.app",))) == (
        "stored settings that mean nothing are passed over: delays.app, rounds of the site",
    )
