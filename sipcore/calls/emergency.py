"""Calls to the site's emergency number: the guard phones answer them in this version.

The number is asked first of all: somebody who dials it in need must never reach a flat of the
same number. The plan says so when there is such a flat.
"""

from sipcore.calls.apartment import by_number
from sipcore.calls.guard import NO_STAGE, guard_stages
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant


def emergency(dialling: Dialling) -> Meant | None:
    """Every guard phone; None for other numbers, or when the site has none set."""
    number = dialling.site.emergency_number
    if not number or dialling.dialled != number:
        return None
    return Meant(dialling.site.guards, _ring)


def _ring(inquiry: Inquiry) -> Answer:
    stages = guard_stages(inquiry)
    if not stages:
        return inquiry.refuse(480, NO_STAGE)
    notes: tuple[str, ...] = ("the guard phones answer the site's emergency number",)
    if by_number(inquiry):
        notes += ("an apartment has the same number: reach it as building*apartment",)
    return inquiry.plan("emergency", stages, callee="emergency", notes=notes)
