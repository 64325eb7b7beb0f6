"""Landlines of an apartment or person as targets: service switch and trunk (F034, F072, F091).

A landline is a telephone number, carried by a trunk. Only the numbers stored as landlines are ever
dialled; a person's mobile number is not among them (F066, F073).
"""

from directory.account_status import has_expired
from directory.queries.dial import DialOwner
from sipcore.b2bua.plan import Party, SkippedTarget, Target
from sipcore.calls.inquiry import Inquiry, Member
from sipcore.calls.ring_policy import confirms
from sipcore.calls.standing import ACCOUNT_EXPIRED

LANDLINE_OFF = "landline_off"
"""The site's landline service is switched off."""
NO_TRUNK = "no_trunk"
"""The service is on, but no trunk is configured to carry it."""


def landlines(inquiry: Inquiry, owner: DialOwner) -> list[Member]:
    """Every landline of the owner (F072 rings all three), in or out with the reason."""
    site, reach = inquiry.site, inquiry.reach
    enabled = site.landline_enabled
    if not owner.landlines:
        return [] if enabled else [SkippedTarget(landline_party(owner, ""), LANDLINE_OFF)]
    trunk = reach.trunk(site) if enabled else None
    missing = NO_TRUNK if enabled else LANDLINE_OFF
    needs_key = confirms(inquiry.site, owner.ringing)
    members: list[Member] = []
    ahead = 0
    for number in owner.landlines:
        party = landline_party(owner, number)
        if trunk is None:
            reason: str | None = missing
        elif has_expired(owner.landline_ends.get(number), inquiry.at):
            reason = ACCOUNT_EXPIRED
        else:
            reason = reach.toll(site, number, ahead)
        if reason is None:
            fallbacks = reach.fallbacks(site)
            members.append(Target(party, trunk, fallbacks=fallbacks, confirms=needs_key))
            ahead += 1
        else:
            members.append(SkippedTarget(party, reason))
    return members


def landline_party(owner: DialOwner, number: str) -> Party:
    """A telephone number as plans and records name it."""
    return Party(
        kind="landline",
        user=number,
        display=owner.display,
        site_id=owner.site_id,
        person_id=owner.person_id,
        apartment_id=owner.apartment_id,
        is_account=False,
    )
