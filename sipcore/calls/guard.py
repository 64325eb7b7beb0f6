"""Calls to the guard phones of the site: `0` or `guard`."""

from directory.queries.dial import DialAccount
from sipcore.b2bua.plan import RingStage
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant
from sipcore.calls.stages import IN_ORDER, fill, first_turn, in_turn_stages, usual_time, weigh

NUMBERS = frozenset({"0", "guard"})
"""What reaches the guards; any case. An apartment numbered 0 is reached as `building*0`."""
NO_STAGE = "no_stage"
"""There is nobody in the site whom this number could ring."""


def guard(dialling: Dialling) -> Meant | None:
    """Every guard phone of the site; None for other numbers."""
    if dialling.dialled.casefold() not in NUMBERS:
        return None
    return Meant(dialling.site.guards, _ring)


def _ring(inquiry: Inquiry) -> Answer:
    stages = guard_stages(inquiry, inquiry.site.guards)
    if not stages:
        return inquiry.refuse(480, NO_STAGE)
    return inquiry.plan("guard", stages, callee="guard")


def guard_stages(inquiry: Inquiry, guards: tuple[DialAccount, ...]) -> tuple[RingStage, ...]:
    """These guard phones in one stage, or in a stage each; no stage when there are none.

    In a site that rings its guards in order, who is out of reach now has a turn as well: whoever
    registers in time rings when it has come. The first stage names those who are left out for good.
    """
    if not guards:
        return ()
    rings = usual_time(inquiry, "guard")
    members = weigh(inquiry, guards)
    if inquiry.site.guard_order != IN_ORDER:
        return (fill("guard", members, rings),)
    first, later = first_turn(members)
    return (fill("guard", first, rings), *in_turn_stages(later, rings))
