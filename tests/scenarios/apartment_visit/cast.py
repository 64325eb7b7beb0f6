"""The cast: phones that learn from the server who they are, the way real ones do."""

from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from sipcore.agents.device import SimulatedDevice
from tests.scenarios.running_server import RunningServer, free_udp_port

DOMAIN = "doorline.local"
RING_TIME = 3.0
"""Seconds each stage rings in the story; a real site waits longer."""

Say = Callable[[str], None]


@dataclass
class Cast:
    """Who takes part."""

    server: RunningServer
    say: Say
    door: SimulatedDevice
    monitor: SimulatedDevice
    app: SimulatedDevice
    door_code: str
    """What opens the main door when it is pressed in a call."""
    site_id: int


async def assemble(server: RunningServer, stack: AsyncExitStack, flat: str, say: Say) -> Cast:
    """Start door phone, indoor monitor and app of a flat, each in a process of its own.

    The door phone and the monitor are armed and fetch their autop file by MAC; their account is
    what they find in it. The app gets a new password through the admin API.
    """
    site = await server.one("/sites")
    await server.call(
        "PATCH",
        f"/sites/{site['id']}",
        {"stage_timeout": RING_TIME, "landline_timeout": RING_TIME * 4},
    )
    apartment = await server.one("/apartments", number=flat)
    door_row = await server.one("/devices", type="multi_tenant_door")
    monitor_row = await server.one("/devices", type="indoor_monitor", apartment_id=apartment["id"])
    relay = await server.one("/relays", device_id=door_row["id"], position=1)
    door = await _device(server, stack, "door phone", door_row, say)
    monitor = await _device(server, stack, "indoor monitor", monitor_row, say)
    app_row = await server.one("/accounts", kind="app", apartment_id=apartment["id"])
    secret = await server.call("POST", f"/accounts/{app_row['id']}/reset-password")
    app = await stack.enter_async_context(SimulatedDevice("app"))
    await app.register(
        user=secret["user"],
        password=secret["password"],
        domain=DOMAIN,
        server=server.address("sip/tcp"),
        transport="TCP",
        rtp_port=free_udp_port(),
    )
    say(f"the app of flat {flat} registers as {secret['user']} over TCP")
    return Cast(server, say, door, monitor, app, relay["dtmf_code"], site["id"])


async def _device(
    server: RunningServer,
    stack: AsyncExitStack,
    name: str,
    row: dict[str, Any],
    say: Say,
) -> SimulatedDevice:
    await server.call("POST", f"/devices/{row['id']}/arm", {"duration": 120})
    settings = read_cfg(await server.fetch(f"/autop/{row['mac'].lower()}.cfg"))
    account = "Config.Account1"
    user = settings[f"{account}.GENERAL.UserName"]
    say(f"the {name} {row['mac']} fetches its autop file and finds its account {user}")
    device = await stack.enter_async_context(SimulatedDevice(name))
    await device.register(
        user=user,
        password=settings[f"{account}.GENERAL.Pwd"],
        domain=DOMAIN,
        server=f"{settings[f'{account}.SIP.Server']}:{settings[f'{account}.SIP.Port']}",
        rtp_port=free_udp_port(),
    )
    say(f"the {name} registers")
    return device


def read_cfg(text: str) -> dict[str, str]:
    """Keys and values of an Akuvox configuration file, read as the device reads it."""
    settings: dict[str, str] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            settings[key.strip()] = value.strip()
    return settings
