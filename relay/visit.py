"""A visit as a row of the door log: somebody pressed a door's button, and how it ended (F265)."""

from directory.queries.dial import DialDirectory
from relay.door_log import CALL, DoorLogEntry, LogType, Response
from relay.place import apartment_number, building_name


def visit_entry(
    directory: DialDirectory,
    *,
    call_id: str,
    at: float,
    door_user: str,
    apartment_id: int | None,
    outcome: str,
    reason: str = "",
    status: int | None = None,
    method: str = CALL,
) -> DoorLogEntry | None:
    """The row of an ended visit; None when the caller is no door of ours.

    `at` is when the button was pressed, UTC seconds. The response column says `allowed` whatever
    happened, as F267 has it; `outcome` (`answered`, `missed`, `refused`, `busy`,
    `abandoned`, `failed`, `interrupted`) and the SIP `status` say what was true (F268). `method`
    says whether the call went through the server or from device to device (F092).
    """
    door = directory.account(door_user)
    site = directory.site_of(door_user)
    if door is None or site is None or door.kind != "door":
        return None
    return DoorLogEntry(
        at=at,
        site_id=door.site_id,
        building_id=door.building_id,
        building=building_name(site, door.building_id),
        apartment_id=apartment_id,
        apartment=apartment_number(site, apartment_id),
        device_id=door.device_id,
        device_name=door.display or door.user,
        initiated_by="visitor",
        actor_kind="visitor",
        account_user=door.user,
        method=method,
        log_type=LogType.CALL.value,
        action="call",
        response=Response.ALLOWED.value,
        outcome=outcome,
        reason=reason,
        status=status,
        call_id=call_id,
    )
