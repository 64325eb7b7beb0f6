"""Who may call whom inside a site: one predicate per right.

Each returns None when the call may be made, else the machine-readable reason of a 403.
"""

from directory.queries.dial import DialAccount, DialOwner, DialSite

OTHER_APARTMENT = "apartments_may_not_call_each_other"
DOOR_TO_DOOR = "door_may_not_call_door"
MONITOR_NOT_ALLOWED = "monitor_not_allowed"
PRIVATE_DOOR = "private_door"


def may_call_owner(caller: DialAccount, site: DialSite, owner: DialOwner) -> str | None:
    """An apartment or person may be called by doors, guards, the own household and neighbours.

    Neighbours only if the site lets apartments call each other.
    """
    return _may_call_apartment(caller, site, owner.apartment_id)


def may_call_account(caller: DialAccount, site: DialSite, callee: DialAccount) -> str | None:
    """A monitor, app or guard phone called by its own number."""
    return _may_call_apartment(caller, site, callee.apartment_id)


def may_look_through(caller: DialAccount, door: DialAccount) -> str | None:
    """A door may be called to look through it, never by another door (F111, F112).

    The permission is about residents' monitors and apps; guards watch public doors in any case. A
    door that belongs to an apartment or person serves that household alone.
    """
    if caller.kind == "door":
        return DOOR_TO_DOOR
    is_private = door.apartment_id is not None or door.person_id is not None
    if is_private and not same_household(caller, door):
        return PRIVATE_DOOR
    if caller.kind != "guard" and not door.monitor_allowed:
        return MONITOR_NOT_ALLOWED
    return None


def _may_call_apartment(
    caller: DialAccount, site: DialSite, apartment_id: int | None
) -> str | None:
    between_apartments = (
        caller.kind in ("indoor", "app")
        and caller.apartment_id is not None
        and apartment_id is not None
        and caller.apartment_id != apartment_id
    )
    if between_apartments and not site.allow_apartment_to_apartment:
        return OTHER_APARTMENT
    return None


def same_household(one: DialAccount, other: DialAccount) -> bool:
    """Whether two accounts belong to one apartment or person."""
    if one.apartment_id is not None and one.apartment_id == other.apartment_id:
        return True
    return one.person_id is not None and one.person_id == other.person_id
