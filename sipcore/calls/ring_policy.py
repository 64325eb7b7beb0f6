"""What a site and an apartment say about a call as a whole, as the plan carries it (G01, G02)."""

from directory.queries.dial import DialSite
from directory.ringing import EARLY_USUAL, KEY_USUAL, Ringing
from sipcore.b2bua.policy import LEG, RingPolicy


def policy_of(site: DialSite, own: Ringing, is_visit: bool) -> RingPolicy:
    """What the owner says, else the site, else the default.

    Only a door is told at once that it rings: between phones the 180 of the other one says more.
    """
    usual = site.ringing
    longest = usual.longest if own.longest is None else own.longest
    early = 0
    if is_visit:
        early = _first(own.early, usual.early, EARLY_USUAL)
    return RingPolicy(
        own.declined or usual.declined or LEG,
        own.global_failure or usual.global_failure or LEG,
        longest,
        early,
        usual.key or KEY_USUAL,
    )


def rounds_of(site: DialSite, own: Ringing) -> int:
    """How often a chain is gone through."""
    return _first(own.rounds, site.ringing.rounds, 1)


def confirms(site: DialSite, own: Ringing) -> bool:
    """Whether a telephone's answer counts only after a key (G04)."""
    return bool(site.ringing.confirms if own.confirms is None else own.confirms)


def passed_over(site: DialSite, own: Ringing) -> tuple[str, ...]:
    """A sentence when stored settings mean nothing."""
    wrong = [*own.faults, *[f"{name} of the site" for name in site.ringing.faults]]
    if not wrong:
        return ()
    return ("stored settings that mean nothing are passed over: " + ", ".join(wrong),)


def _first(own: int | None, site: int | None, usual: int) -> int:
    if own is not None:
        return own
    return usual if site is None else site
