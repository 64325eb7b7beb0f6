"""Account status: one word out of what is stored, and back (F169).

    blocked       somebody blocked it
    expired       its `expires_at` has passed
    inactivated   it has not been activated
    normal        none of these

The first that fits is the status. Whether the app is registered is another matter.
"""

from collections.abc import Mapping
from typing import Any

from directory import fields
from directory.errors import FieldError, Invalid
from directory.kinds import AccountStatus

CHECKS: Mapping[str, fields.Check] = {
    "status": fields.word(AccountStatus),
    "expires_at": fields.optional(fields.seconds(0, 1e11)),
}
"""Checks of what apartments and people take beside their other fields."""

_STORED: Mapping[AccountStatus, Mapping[str, bool]] = {
    AccountStatus.NORMAL: {"active": True, "blocked": False},
    AccountStatus.INACTIVATED: {"active": False, "blocked": False},
    AccountStatus.BLOCKED: {"blocked": True},
    AccountStatus.EXPIRED: {"blocked": False},
}


def has_expired(expires_at: float | None, at: float) -> bool:
    """Whether that end has come; None never does."""
    return expires_at is not None and expires_at <= at


def status_of(active: bool, blocked: bool, expires_at: float | None, now: float) -> AccountStatus:
    """The status at that moment, seconds since the epoch."""
    if blocked:
        return AccountStatus.BLOCKED
    if has_expired(expires_at, now):
        return AccountStatus.EXPIRED
    return AccountStatus.NORMAL if active else AccountStatus.INACTIVATED


def settle_status(values: dict[str, Any], expires_at: float | None, now: float) -> None:
    """Put the columns in the place of a `status` that was asked for.

    `expires_at` is the stored one. Invalid when another field says the contrary.
    """
    status = values.pop("status", None)
    if status is None:
        return
    errors = []
    stored = _STORED[status]
    if values.get("active", stored.get("active")) != stored.get("active", values.get("active")):
        errors.append(FieldError("active", f"contradicts the status {status}"))
    if status is AccountStatus.EXPIRED:
        if values.setdefault("expires_at", now) is None or values["expires_at"] > now:
            errors.append(FieldError("expires_at", "contradicts the status expired"))
    elif status is not AccountStatus.BLOCKED:
        end = values.get("expires_at", expires_at)
        if end is not None and end <= now:
            errors.append(
                FieldError("status", "has expired: set expires_at to a later moment or to null too")
            )
    if errors:
        raise Invalid(errors)
    values.update(stored)


def first_status(
    active: bool, status: AccountStatus | None, expires_at: float | None
) -> dict[str, object]:
    """What a new row is made with; without a word for it, `active` decides."""
    given: dict[str, object] = {}
    if status is not None:
        given["status"] = status
    if status is None or not active:
        given["active"] = active
    if status is None or expires_at is not None:
        given["expires_at"] = expires_at
    return given
