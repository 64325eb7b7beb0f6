"""Calls to one account by its own number: a monitor, an app or a guard phone."""

from sipcore.calls.inquiry import Answer, Inquiry
from sipcore.calls.rules import may_call_account
from sipcore.calls.stages import fill, weigh


def direct(inquiry: Inquiry) -> Answer | None:
    """Plan for the user part of any account of the site but a door; None for other numbers."""
    callee = inquiry.site.accounts.get(inquiry.dialled)
    if callee is None or callee.kind == "door":
        return None
    reason = may_call_account(inquiry, callee)
    if reason is not None:
        return inquiry.refuse(403, reason)
    owner = inquiry.site.owner_of(callee)
    app_enabled = owner is None or owner.app_enabled
    members = weigh(inquiry, (callee,), app_enabled=app_enabled)
    timeout = (owner and owner.stage_timeout) or inquiry.site.stage_timeout
    return inquiry.plan(
        "direct",
        (fill(callee.kind, members, timeout),),
        callee=callee.display or callee.user,
        apartment_id=callee.apartment_id,
    )
