"""Calls to a door phone, to look and speak through it (F111, F112)."""

from sipcore.calls.inquiry import Answer, Inquiry
from sipcore.calls.rules import may_look_through
from sipcore.calls.stages import fill, weigh


def monitor(inquiry: Inquiry) -> Answer | None:
    """Plan for the user part of a door of the site; None when the number is no door's."""
    door = inquiry.site.accounts.get(inquiry.dialled)
    if door is None or door.kind != "door":
        return None
    reason = may_look_through(inquiry, door)
    if reason is not None:
        return inquiry.refuse(403, reason)
    members = weigh(inquiry, (door,))
    return inquiry.plan(
        "monitor",
        (fill("door", members, inquiry.site.stage_timeout),),
        callee=door.display or door.user,
        apartment_id=door.apartment_id,
    )
