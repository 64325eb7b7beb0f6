"""Calls to the guard phones of the site: `0` or `guard`."""

from sipcore.b2bua.plan import RingStage
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant
from sipcore.calls.stages import fill, weigh

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
    stages = guard_stages(inquiry)
    if not stages:
        return inquiry.refuse(480, NO_STAGE)
    return inquiry.plan("guard", stages, callee="guard")


def guard_stages(inquiry: Inquiry) -> tuple[RingStage, ...]:
    """One stage of all guard phones; no stage in a site that has none."""
    site = inquiry.site
    if not site.guards:
        return ()
    return (fill("guard", weigh(inquiry, site.guards), site.stage_timeout),)
