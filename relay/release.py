"""A release of a door, allowed or denied, as a door log row and as a detail of the timeline."""

from directory.queries.dial import DialAccount, DialRelay, DialSite
from relay.decision import Actor, Decision
from relay.door_log import DTMF_KEY, IN_CALL_DTMF, PASSED_ON, DoorLogEntry, LogType, Response
from relay.place import apartment_number, building_name


def release_entry(
    site: DialSite,
    actor: Actor,
    door: DialAccount,
    relay: DialRelay,
    decision: Decision,
    *,
    call_id: str,
    at: float,
) -> DoorLogEntry:
    """Who, where, when, with which key, and what was decided (F269)."""
    return DoorLogEntry(
        at=at,
        site_id=door.site_id,
        building_id=door.building_id,
        building=building_name(site, door.building_id),
        apartment_id=actor.apartment_id,
        apartment=apartment_number(site, actor.apartment_id),
        device_id=door.device_id,
        device_name=door.display or door.user,
        relay_id=relay.relay_id,
        relay_name=relay.name,
        initiated_by=actor.display or actor.user,
        actor_kind=actor.kind,
        account_user=actor.user,
        person_id=actor.person_id,
        method=IN_CALL_DTMF,
        log_type=LogType.DOOR_RELEASE.value,
        action="open",
        key_kind=DTMF_KEY,
        key_id=f"relay:{relay.relay_id}",
        response=(Response.ALLOWED if decision.allowed else Response.DENIED).value,
        outcome=PASSED_ON if decision.allowed else "denied",
        reason=decision.reason,
        call_id=call_id,
    )


def release_detail(
    actor: Actor, door: DialAccount, relay: DialRelay, decision: Decision
) -> dict[str, object]:
    """The same for the call's timeline: JSON-able, without anything that was pressed."""
    return {
        "allowed": decision.allowed,
        "reason": decision.reason,
        "relay_id": relay.relay_id,
        "relay": relay.name,
        "device_id": door.device_id,
        "door": door.display or door.user,
        "by": actor.display or actor.user,
        "by_kind": actor.kind,
        "by_user": actor.user,
    }
