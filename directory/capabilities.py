"""What device models can do, as far as the directory limits what may be stored.

Relay counts are those of the vendor's data sheets as collected by integrators; a model that is not
listed gets the greatest count any device of its type has.
"""

import re

from directory.kinds import DeviceType

_RELAYS_BY_MODEL = {
    "A01": 1, "A02": 1, "A03": 1, "A05": 1, "A094": 4, "A095": 4,
    "E12": 1, "E13": 1, "E16": 1, "E18": 2,
    "R20": 2, "R28": 3, "R29": 3,
    "S532": 2, "S535": 1, "S539": 3,
    "X912": 2, "X915": 3, "X916": 4,
}  # fmt: skip

_RELAYS_BY_TYPE = {
    DeviceType.MULTI_TENANT_DOOR: 4,
    DeviceType.SINGLE_TENANT_DOOR: 4,
    DeviceType.INDOOR_MONITOR: 2,
    DeviceType.GUARD_PHONE: 0,
    DeviceType.ACCESS_CONTROL: 4,
}


def relay_limit(device_type: DeviceType, model: str) -> int:
    """How many relays a device may have (F127); `R20A` and `R20K` count as `R20`."""
    family = re.match(r"[A-Z]+[0-9]+", model.strip().upper())
    known = _RELAYS_BY_MODEL.get(family[0]) if family else None
    return _RELAYS_BY_TYPE[device_type] if known is None else known
