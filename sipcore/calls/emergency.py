"""Calls to the site's emergency number: guard phones near and far, then a number outside.

The number is asked first of all: somebody who dials it in need must never reach a flat of the
same number. The plan says so when there is such a flat. Neither the cap on ringing nor the word of
one phone ends such a call: it goes on until somebody answers or nobody is left.
"""

from typing import Final

from directory.ringing import CAP_MOST, Ringing
from sipcore.b2bua.plan import Party, RingStage, SkippedTarget, Target
from sipcore.calls.apartment import by_number, home_building
from sipcore.calls.guard import NO_STAGE, guard_stages
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant
from sipcore.calls.landline import NO_TRUNK
from sipcore.calls.stages import usual_time
from sipcore.calls.toll import in_need

_UNTIL_ANSWERED: Final = Ringing(declined="leg", global_failure="leg", longest=CAP_MOST)


def emergency(dialling: Dialling) -> Meant | None:
    """Guard phones and the number outside; None for other numbers, or in a site without one."""
    number = dialling.site.emergency_number
    if not number or dialling.dialled != number:
        return None
    return Meant(dialling.site.guards, _ring)


def _ring(inquiry: Inquiry) -> Answer:
    site = inquiry.site
    home = home_building(inquiry)
    near = tuple([one for one in site.guards if home is not None and one.building_id == home])
    others = tuple([one for one in site.guards if home is None or one.building_id != home])
    stages = (
        *guard_stages(inquiry, near),
        *guard_stages(inquiry, others),
        *_outside(inquiry, site.emergency_landline),
    )
    if not stages:
        return inquiry.refuse(480, NO_STAGE)
    notes: tuple[str, ...] = ("the guard phones answer the site's emergency number",)
    if near and others:
        notes += ("those of the caller's building ring first",)
    if site.emergency_landline:
        notes += ("a number outside is called when no guard answers",)
    if by_number(inquiry):
        notes += ("an apartment has the same number: reach it as building*apartment",)
    return inquiry.plan("emergency", stages, callee="emergency", notes=notes, own=_UNTIL_ANSWERED)


def _outside(inquiry: Inquiry, number: str) -> tuple[RingStage, ...]:
    """The number outside, whether or not residents' landlines are called in this site."""
    if not number:
        return ()
    site = inquiry.site
    party = Party("landline", number, "emergency", site.site_id, is_account=False)
    rings = usual_time(inquiry, "landline")
    trunk = inquiry.reach.trunk(site)
    reason = NO_TRUNK if trunk is None else in_need(inquiry.reach.toll(site, number, 0))
    if reason is not None:
        return (RingStage("landline", (), rings, (SkippedTarget(party, reason),)),)
    target = Target(party, trunk, fallbacks=inquiry.reach.fallbacks(site))
    return (RingStage("landline", (target,), rings),)
