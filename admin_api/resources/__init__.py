"""One file per resource; this list is the whole API in the order of its description."""

from admin_api.operation import AnyOperation
from admin_api.resources import (
    accounts,
    apartments,
    audit,
    autop_ledger,
    buildings,
    call_plan,
    calls,
    departments,
    device_autop,
    devices,
    door_log,
    macs,
    people,
    registrations,
    relays,
    sites,
    tokens,
    users,
)

OPERATIONS: tuple[AnyOperation, ...] = (
    *sites.OPERATIONS,
    *call_plan.OPERATIONS,
    *buildings.OPERATIONS,
    *departments.OPERATIONS,
    *apartments.OPERATIONS,
    *people.OPERATIONS,
    *devices.OPERATIONS,
    *device_autop.OPERATIONS,
    *relays.OPERATIONS,
    *accounts.OPERATIONS,
    *macs.OPERATIONS,
    *registrations.OPERATIONS,
    *calls.OPERATIONS,
    *door_log.OPERATIONS,
    *autop_ledger.OPERATIONS,
    *users.OPERATIONS,
    *tokens.OPERATIONS,
    *audit.OPERATIONS,
)
