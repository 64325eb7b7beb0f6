"""What is done for a device's next fetch: its URL, arming, new tokens, commands (F241-F246)."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, acts, creates, deletes, reads
from admin_api.resources.devices import DEVICES, Device
from admin_api.resources.models import why_no_files
from admin_api.schemas.base import Body, Instant, NoBody, NoQuery, Out
from admin_api.services import Services
from directory.errors import Conflict
from directory.model import AutopCommand as AutopCommandRow
from directory.model import Device as DeviceRow
from directory.secrets import Secret
from directory.service import autop_commands, devices

ARMED_DEFAULT = 3600.0
"""Seconds a device stays armed when the request does not say."""


class Autop(Out):
    """Where a device fetches its files. The URL is a secret of this device."""

    device_id: int
    url: Annotated[str, Field(description="Always valid, until the token is rotated.")]
    armed_url: Annotated[str, Field(description="Valid by MAC alone while the device is armed.")]
    armed_until: Instant | None


class Arming(Body):
    """For how long a device may fetch its files by MAC alone."""

    duration: Annotated[float, Field(description="Seconds; 0 disarms.")] = ARMED_DEFAULT


class AutopCommandLines(Body):
    """Lines for the device's next file."""

    lines: Annotated[list[str], Field(description="`key = value` each.", max_length=200)]
    once: Annotated[bool, Field(description="Delivered a single time.")] = False


class AutopCommand(Out):
    """One line that waits for the device."""

    id: int
    key: str
    value: str
    once: bool


class AutopCommands(Out):
    """Every line that waits, in the order of entry."""

    items: tuple[AutopCommand, ...]


async def get_autop(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """The device's autop URL."""
    device_id = request.id("device_id")
    async with request.services.directory.reading(request.scope) as unit:
        device = await devices.get(unit, device_id)
        secret = await devices.token(unit, device_id)
        return Reply(_autop(request.services, device, secret))


async def rotate_token(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """Give the device a new URL; the old one is refused at once."""
    device_id = request.id("device_id")
    async with request.services.directory.unit(request.scope) as unit:
        secret = await devices.rotate_token(unit, device_id)
        device = await devices.get(unit, device_id)
        return Reply(_autop(request.services, device, secret))


async def arm(request: ApiRequest[NoQuery, Arming]) -> Reply:
    """Let the device fetch its files by MAC alone for a while."""
    async with request.services.directory.unit(request.scope) as unit:
        device = await devices.arm(unit, request.id("device_id"), request.body.duration)
        missing = why_no_files(request.services.catalogue(), device.vendor, device.model)
        if missing and device.armed_until is not None:
            raise Conflict("model", missing)  # leaving the unit by an exception keeps nothing
        return Reply(await DEVICES.item(request.services, unit, device))


async def list_commands(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """Lines that wait for the device."""
    async with request.services.directory.reading(request.scope) as unit:
        return Reply(_commands(await autop_commands.waiting_for(unit, request.id("device_id"))))


async def submit_commands(request: ApiRequest[NoQuery, AutopCommandLines]) -> Reply:
    """Add lines; one with the key of a waiting line takes its place (F243)."""
    body = request.body
    async with request.services.directory.unit(request.scope) as unit:
        waiting = await autop_commands.submit(
            unit, request.id("device_id"), body.lines, once=body.once
        )
        return Reply(_commands(waiting))


async def clear_commands(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """Withdraw every line."""
    async with request.services.directory.unit(request.scope) as unit:
        await autop_commands.clear(unit, request.id("device_id"))
        return Reply()


def _autop(services: Services, device: DeviceRow, secret: Secret) -> Autop:
    base = services.autop_url()
    return Autop(
        device_id=device.id,
        url=f"{base}/autop/{secret.reveal()}/",
        armed_url=f"{base}/autop/",
        armed_until=device.armed_until,
    )


def _commands(rows: Iterable[AutopCommandRow]) -> AutopCommands:
    return AutopCommands(items=tuple(AutopCommand.model_validate(row) for row in rows))


_COMMANDS = "/devices/{device_id}/autop-commands"

OPERATIONS = (
    reads(
        "get_device_autop",
        "/devices/{device_id}/autop",
        "Where a device fetches its files",
        get_autop,
        query=NoQuery,
        out=Autop,
    ),
    acts(
        "rotate_device_token",
        "/devices/{device_id}/rotate-token",
        "Give a device a new autop URL",
        rotate_token,
        out=Autop,
    ),
    creates(
        "arm_device",
        "/devices/{device_id}/arm",
        "Let a device fetch its files by MAC alone for a while",
        arm,
        body=Arming,
        out=Device,
        status=200,
    ),
    reads(
        "list_autop_commands",
        _COMMANDS,
        "Lines that wait for a device",
        list_commands,
        query=NoQuery,
        out=AutopCommands,
    ),
    creates(
        "submit_autop_commands",
        _COMMANDS,
        "Add lines to a device's next file",
        submit_commands,
        body=AutopCommandLines,
        out=AutopCommands,
    ),
    deletes("clear_autop_commands", _COMMANDS, "Withdraw the lines of a device", clear_commands),
)
