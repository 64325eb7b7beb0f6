"""Calls to a door phone, to look and speak through it (F111, F112)."""

from directory.queries.dial import DialAccount
from sipcore.b2bua.plan import Refusal
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant
from sipcore.calls.rules import may_look_through
from sipcore.calls.stages import fill, weigh


def monitor(dialling: Dialling) -> Meant | Refusal | None:
    """The door of the site with that user part; None when the number is no door's."""
    door = dialling.site.accounts.get(dialling.dialled)
    if door is None or door.kind != "door":
        return None
    reason = may_look_through(dialling.caller, door)
    if reason is not None:
        return dialling.refuse(403, reason)
    return Meant((door,), lambda inquiry: _ring(inquiry, door))


def _ring(inquiry: Inquiry, door: DialAccount) -> Answer:
    members = weigh(inquiry, (door,))
    return inquiry.plan(
        "monitor",
        (fill("door", members, inquiry.site.stage_timeout),),
        callee=door.display or door.user,
        apartment_id=door.apartment_id,
    )
