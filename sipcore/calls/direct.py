"""Calls to one account by its own number: a monitor, an app or a guard phone."""

from directory.queries.dial import DialAccount, DialOwner
from directory.ringing import OPEN
from sipcore.b2bua.plan import Refusal
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant
from sipcore.calls.rules import may_call_account
from sipcore.calls.stages import fill, owner_time, usual_time, weigh
from sipcore.calls.standing import closed


def direct(dialling: Dialling) -> Meant | Refusal | None:
    """The account of the site with that user part, unless it is a door; None for other numbers."""
    callee = dialling.site.accounts.get(dialling.dialled)
    if callee is None or callee.kind == "door":
        return None
    reason = may_call_account(dialling.caller, dialling.site, callee)
    if reason is not None:
        return dialling.refuse(403, reason)
    owner = dialling.site.owner_of(callee)
    refused = None if owner is None else closed(owner, dialling.at)
    if refused is not None:
        return dialling.refuse(*refused)
    is_off = callee.kind == "app" and owner is not None and not owner.app_enabled
    return Meant(() if is_off else (callee,), lambda inquiry: _ring(inquiry, callee, owner), owner)


def _ring(inquiry: Inquiry, callee: DialAccount, owner: DialOwner | None) -> Answer:
    app_enabled = owner is None or owner.app_enabled
    members = weigh(inquiry, (callee,), app_enabled=app_enabled)
    kind = callee.kind
    timeout = usual_time(inquiry, kind) if owner is None else owner_time(inquiry, owner, kind)
    return inquiry.plan(
        "direct",
        (fill(kind, members, timeout),),
        callee=callee.display or callee.user,
        apartment_id=callee.apartment_id,
        own=OPEN if owner is None else owner.ringing,
    )
