"""Quiet hours and do-not-disturb of apartments, people and accounts (G09)."""

from collections.abc import Mapping

from sqlalchemy import select

from directory import fields, rules
from directory.errors import Conflict, Invalid
from directory.kinds import AccountKind, QuietAction
from directory.model import Account, Apartment, Person, QuietHours
from directory.quiet_windows import windows
from directory.unit import Unit

Owner = Apartment | Person | Account
"""Whoever may have quiet hours."""

CHECKS: Mapping[str, fields.Check] = {
    "windows": windows,
    "action": fields.word(QuietAction),
    "do_not_disturb": fields.flag,
    "do_not_disturb_until": fields.optional(fields.seconds(0, 1e11)),
}
SILENCED = frozenset({AccountKind.INDOOR, AccountKind.APP})
"""Kinds of accounts that may be silent; guards must hear, and a door has no bell."""

_COLUMNS = {
    Apartment: QuietHours.apartment_id,
    Person: QuietHours.person_id,
    Account: QuietHours.account_id,
}


async def get(unit: Unit, model: type[Owner], owner_id: int) -> QuietHours:
    """What is stored for that apartment, person or account; none at all when it never had any."""
    return await _of(unit, await unit.find(model, owner_id))


async def update(
    unit: Unit, model: type[Owner], owner_id: int, changes: Mapping[str, object]
) -> QuietHours:
    """Change windows, action or the switch.

    Switching do-not-disturb on or off without an end forgets the former end. Invalid for an empty
    window, an end that has passed, an end without the switch; Conflict for a phone that must ring.
    """
    owner = await unit.find(model, owner_id)
    unit.require(rules.may_edit_quiet_hours(unit.scope), "edit_quiet_hours")
    values = fields.clean(CHECKS, changes)
    if isinstance(owner, Account):
        _check_account(owner, values)
    found = await _of(unit, owner)
    if "do_not_disturb" in values:
        values.setdefault("do_not_disturb_until", None)
    until = values.get("do_not_disturb_until")
    if until is not None:
        if not values.get("do_not_disturb", found.do_not_disturb):
            raise Invalid.one("do_not_disturb_until", "needs do_not_disturb to be true")
        if until <= unit.now:
            raise Invalid.one("do_not_disturb_until", "must be in the future")
    if found.id is not None:
        await unit.update(found, values)
        return found
    for name, value in values.items():
        setattr(found, name, value)
    return await unit.create(found) if values else found


async def _of(unit: Unit, owner: Owner) -> QuietHours:
    """The row, or a new one that is not stored and silences nobody."""
    column = _COLUMNS[type(owner)]
    row = await unit.first(select(QuietHours).where(column == owner.id))
    if row is not None:
        return row
    return QuietHours(
        site_id=owner.site_id,
        windows=[],
        action=QuietAction.SKIP,
        do_not_disturb=False,
        do_not_disturb_until=None,
        **{column.key: owner.id},
    )


def _check_account(account: Account, values: Mapping[str, object]) -> None:
    silences = values.get("windows") or values.get("do_not_disturb")
    if silences and account.kind not in SILENCED:
        raise Conflict("kind", "only monitors and apps may have quiet hours: this phone must ring")
    if values.get("action", QuietAction.SKIP) is not QuietAction.SKIP:
        raise Invalid.one("action", "a phone can only be skipped; apartments and people have guard")
