"""Configuration lines that operators enter for single devices (F241, F243, F244)."""

from collections.abc import Sequence

from sqlalchemy import delete as delete_rows
from sqlalchemy import select

from directory import fields, rules
from directory.autop_key import PATTERN, folded
from directory.errors import FieldError, Invalid
from directory.model import AutopCommand, Device
from directory.unit import Unit

MAXIMUM = 200
"""Most lines waiting for one device."""

_KEY = fields.pattern(PATTERN, "must be a key of letters, digits, . and _")
_VALUE = fields.text(512)


async def submit(
    unit: Unit, device_id: int, lines: Sequence[str], *, once: bool = False
) -> tuple[AutopCommand, ...]:
    """Add `key = value` lines to the device's next file; returns all that are waiting.

    A line replaces the waiting one with the same key, whatever its case (F243). With `once` the
    lines are delivered a single time (F244). Invalid names every wrong line.
    """
    device = await unit.find(Device, device_id)
    unit.require(rules.may_maintain_devices(unit.scope), "submit_autop_commands")
    pairs = _parse(lines)
    waiting = await waiting_for(unit, device_id)
    replaced = [command for command in waiting if folded(command.key) in pairs]
    if len(waiting) - len(replaced) + len(pairs) > MAXIMUM:
        raise Invalid.one("lines", f"at most {MAXIMUM} lines may wait for a device")
    for former in replaced:
        await unit.delete(former)
    for key, value in pairs.values():
        command = AutopCommand(
            site_id=device.site_id,
            device_id=device_id,
            key=key,
            value=value,
            once=once,
            delivered_at=None,
        )
        await unit.create(command)
    return await waiting_for(unit, device_id)


async def waiting_for(unit: Unit, device_id: int) -> tuple[AutopCommand, ...]:
    """The lines of the device's next file in the order they were entered."""
    await unit.find(Device, device_id)
    query = (
        select(AutopCommand)
        .where(AutopCommand.device_id == device_id, AutopCommand.delivered_at.is_(None))
        .order_by(AutopCommand.id)
    )
    return await unit.rows(query)


async def clear(unit: Unit, device_id: int) -> None:
    """Withdraw every line of a device."""
    device = await unit.find(Device, device_id)
    unit.require(rules.may_maintain_devices(unit.scope), "submit_autop_commands")
    for command in await waiting_for(unit, device_id):
        await unit.delete(command)
    await unit.session.execute(delete_rows(AutopCommand).where(AutopCommand.device_id == device.id))


def _parse(lines: Sequence[str]) -> dict[str, tuple[str, str]]:
    """Keys and values by folded key; a key given twice keeps its last value."""
    pairs: dict[str, tuple[str, str]] = {}
    errors: list[FieldError] = []
    for number, line in enumerate(lines, start=1):
        key, equals, value = line.partition("=")
        try:
            if not equals:
                raise ValueError("expected key = value")
            pair = (_KEY(key), _VALUE(value))
            pairs.pop(folded(pair[0]), None)
            pairs[folded(pair[0])] = pair
        except ValueError as error:
            errors.append(FieldError(f"lines.{number}", str(error)))
    if errors:
        raise Invalid(errors)
    return pairs
