"""What happens at an estate: registrations, visits, door log rows and autop fetches."""

from admin_api.rows import CallDetail
from provisioning.ledger import AutopFetch, ledger_writer
from relay.door_log import DoorLogEntry, door_log_writer
from tests.admin_api.api import Api
from tests.admin_api.estate import Estate
from tests.admin_api.records import call_row, registration_row


def door_log_entry(estate: Estate, **values: object) -> DoorLogEntry:
    """Ann's app opens the gate of that estate, but for what the test says."""
    defaults: dict[str, object] = {
        "at": 100.0,
        "site_id": estate.site,
        "device_name": "Main gate",
        "initiated_by": "Ann Lee",
        "actor_kind": "app",
        "method": "in_call_dtmf",
        "log_type": "door_release",
        "action": "open",
        "response": "allowed",
        "outcome": "passed_on",
        "building_id": estate.building,
        "building": "1",
        "apartment_id": estate.apartment,
        "apartment": "1001",
        "device_id": estate.gate,
        "relay_id": estate.relay,
        "relay_name": "Door",
        "key_kind": "dtmf",
        "key_id": f"relay:{estate.relay}",
        "call_id": f"visit-{estate.site}",
    }
    return DoorLogEntry(**{**defaults, **values})  # type: ignore[arg-type]


def autop_fetch(estate: Estate | None, **values: object) -> AutopFetch:
    """The gate fetches its file with its token; without an estate a stranger is refused."""
    known: dict[str, object] = {"status": 404, "decision": "unknown_mac"}
    if estate is not None:
        known = {
            "status": 200,
            "decision": "token",
            "site_id": estate.site,
            "device_id": estate.gate,
        }
    defaults: dict[str, object] = {"at": 100.0, "remote_address": "10.0.0.1", **known}
    return AutopFetch(**{**defaults, **values})  # type: ignore[arg-type]


async def write_door_log(api: Api, *entries: DoorLogEntry) -> None:
    """Store rows of the door log."""
    writer = door_log_writer(api.directory.database)
    for entry in entries:
        writer.write(entry)
    await writer.flush()


async def write_ledger(api: Api, *fetches: AutopFetch) -> None:
    """Store rows of the ledger."""
    writer = ledger_writer(api.directory.database)
    for fetch in fetches:
        writer.write(fetch)
    await writer.flush()


async def live_a_day(api: Api) -> None:
    """One of everything at both estates, told apart by ids alone; and a call of no site."""
    estates = (api.home, api.foreign)
    api.live.rows = [registration_row(e.gate_user, site_id=e.site, kind="door") for e in estates]
    rows = [call_row(f"visit-{e.site}", site_id=e.site, apartment_id=e.apartment) for e in estates]
    rows.append(call_row("stray", site_id=None))
    api.records.calls = [CallDetail(row, None, (), ()) for row in rows]
    api.records.pictures = {row.id: (b"full", b"small") for row in rows}
    await write_door_log(api, *(door_log_entry(estate) for estate in estates))
    await write_ledger(api, *(autop_fetch(estate) for estate in estates), autop_fetch(None))
