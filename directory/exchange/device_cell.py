"""The device cell of the people sheets: `name,type,MAC` of several devices separated by `;`.

Sources: F093-F097, the limits block. A comma cannot stand in a name, because a cell has exactly
three parts.
"""

from dataclasses import dataclass

from directory import checks, fields
from directory.kinds import DeviceType


@dataclass(frozen=True, slots=True)
class DeviceCell:
    """One device of a cell."""

    name: str
    type: DeviceType
    mac: str
    """Twelve upper-case hexadecimal digits."""


def parse_device_cell(text: str) -> tuple[DeviceCell, ...]:
    """The devices of a cell; an empty cell has none.

    Raises ValueError that names the device by its number and says what was expected.
    """
    devices: list[DeviceCell] = []
    for number, part in enumerate(text.split(";"), start=1):
        if not part.strip():
            continue
        try:
            devices.append(_parse_device(part))
        except ValueError as error:
            raise ValueError(f"device {number}: {error}") from None
    return tuple(devices)


def _parse_device(text: str) -> DeviceCell:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 3:
        raise ValueError("must be name,type,MAC")
    name, code, mac = parts
    if not (code.isascii() and code.isdigit() and len(code) <= 3):
        raise ValueError("the type must be 0, 1, 2, 3 or 50")
    return DeviceCell(checks.DEVICE_NAME(name), DeviceType.from_code(int(code)), fields.mac(mac))
