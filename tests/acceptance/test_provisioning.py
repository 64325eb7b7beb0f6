"""What devices find in their files (features sections B, E, L): from the stored row over HTTP."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import BaseTestServer, TestServer

from directory.database import open_database
from directory.demo import DOOR_MAC, DemoDevice, DemoEstate, create_demo
from directory.kinds import DeviceType
from directory.queries.load import load_site
from directory.row_writer import RowWriter
from directory.scope import Scope
from directory.secrets import Vault
from directory.service import (
    accounts,
    apartments,
    autop_commands,
    devices,
    macs,
    relays,
    sites,
)
from directory.unit import Directory
from provisioning.autop import Autop
from provisioning.catalogue import load_catalogue
from provisioning.http import autop_routes
from provisioning.ledger import AutopFetch, ledger_writer
from provisioning.ledger_list import list_fetches
from provisioning.render import Renderer
from provisioning.store import DirectoryStore
from tests.provisioning.builder import SERVER
from tests.provisioning.doubles import no_pause
from tests.support.clock import ManualClock

SCOPE = Scope.system()
RENDERER = Renderer(load_catalogue())


@dataclass(slots=True)
class Estate:
    """The demo community behind a real autop listener."""

    directory: Directory
    demo: DemoEstate
    clock: ManualClock
    ledger: RowWriter[AutopFetch]
    session: ClientSession
    server: BaseTestServer
    seen: dict[str, str]
    """Where accounts register from."""
    statuses: list[int] = field(default_factory=list)

    async def get(self, path: str) -> str:
        """The text behind a path below `/autop/`; its status is kept."""
        async with self.session.get(self.server.make_url(f"/autop/{path}")) as answer:
            self.statuses.append(answer.status)
            return await answer.text()

    async def file(self, device: DemoDevice, name: str = "") -> str:
        """A file of a device, fetched by token; its own one when no name is given."""
        text = await self.get(f"{device.token.reveal()}/{name or device.mac + '.cfg'}")
        assert self.statuses[-1] == 200
        return text

    async def settings(self, device: DemoDevice) -> Mapping[str, str]:
        """The lines of a device's own file, without the leading `Config.`."""
        lines = (await self.file(device)).splitlines()
        pairs = (line.partition(" =") for line in lines if line.startswith("Config."))
        return {key.removeprefix("Config."): value.strip() for key, _, value in pairs}

    async def contacts(self, device: DemoDevice) -> list[tuple[str, str]]:
        """Names and numbers of a device's contact list."""
        root = ElementTree.fromstring(await self.file(device, "contacts.xml"))  # noqa: S314
        return [(entry.attrib["Name"], entry.attrib["Office"]) for entry in root]

    async def fresh_contacts(self, device: DemoDevice) -> list[tuple[str, str]]:
        """The same, when files that were made before are no longer kept."""
        self.clock.advance(10.0)
        return await self.contacts(device)

    async def change_site(self, **changes: object) -> None:
        """Change settings of the site."""
        async with self.directory.unit(SCOPE) as unit:
            await sites.update(unit, self.demo.site_id, changes)

    async def change(self, device: DemoDevice, **changes: object) -> None:
        """Change a device."""
        async with self.directory.unit(SCOPE) as unit:
            await devices.update(unit, device.device_id, changes)

    async def enter(self, device: DemoDevice, *lines: str, once: bool = False) -> None:
        """Enter extra lines for a device."""
        async with self.directory.unit(SCOPE) as unit:
            await autop_commands.submit(unit, device.device_id, lines, once=once)

    async def arm(self, device: DemoDevice, seconds: float) -> None:
        """Open a device's first-fetch window."""
        async with self.directory.unit(SCOPE) as unit:
            await devices.arm(unit, device.device_id, seconds)

    async def fetches(self) -> tuple[AutopFetch, ...]:
        """The ledger, oldest first."""
        await self.ledger.flush()
        return await list_fetches(self.directory.database, SCOPE, descending=False)

    async def add(self, **values: Any) -> DemoDevice:
        """One more device of the site."""
        async with self.directory.unit(SCOPE) as unit:
            await macs.create(unit, site_id=self.demo.site_id, mac=values["mac"])
            device = await devices.create(unit, site_id=self.demo.site_id, **values)
            account = await accounts.of_device(unit, device.id)
            assert account is not None
            await relays.create(unit, device_id=device.id, name="Door", dtmf_code="42")
            return DemoDevice(
                device.id,
                device.name,
                device.mac or "",
                await devices.token(unit, device.id),
                self.demo.door.account,
            )


@pytest.fixture
async def estate(tmp_path: Path) -> AsyncIterator[Estate]:
    clock = ManualClock()
    database = open_database(f"sqlite+aiosqlite:///{tmp_path / 'estate.db'}")
    await database.create_schema()
    directory = Directory(database, Vault.generate(), clock=clock.utc)
    demo = await create_demo(directory)
    ledger = ledger_writer(database)
    seen: dict[str, str] = {}
    autop = Autop(
        store=DirectoryStore(directory),
        renderer=RENDERER,
        server=SERVER,
        ledger=ledger,
        clock=clock,
        pause=no_pause,
        seen=lambda user: seen.get(user, ""),
    )
    directory.listen(lambda fact: autop.changed(fact.site_id))
    app = web.Application()
    autop_routes(app, autop)
    async with TestServer(app, access_log=None) as server, ClientSession() as session:
        yield Estate(directory, demo, clock, ledger, session, server, seen)
    await ledger.close()
    await database.close()


@pytest.mark.feature("F041")
@pytest.mark.parametrize(
    ("zone", "akuvox", "fanvil"),
    [
        ("Europe/Berlin", ("GMT+1:00", "2"), "4 2 3 -1 0 2 10 -1 0 3"),
        ("America/New_York", ("GMT-5:00", "2"), "-20 2 3 2 0 2 11 1 0 2"),
        ("Asia/Kolkata", ("GMT+5:30", "0"), "22 0"),
    ],
)
async def test_the_time_zone_of_the_site_is_in_the_files(
    estate: Estate, zone: str, akuvox: tuple[str, str], fanvil: str
) -> None:
    """A site keeps an IANA zone; files carry its offset and the rule of its summer time."""
    other = await estate.add(
        name="Side door",
        type=DeviceType.SINGLE_TENANT_DOOR,
        mac="0C383E000001",
        vendor="fanvil",
        model="i16SV",
    )
    await estate.change_site(timezone=zone)

    lines = await estate.settings(estate.demo.door)
    root = ElementTree.fromstring(await estate.file(other))  # noqa: S314 - our own file
    date = root.find("phone/date")
    assert date is not None
    values = {element.tag: element.text for element in date}

    assert (lines["Settings.SNTP.TimeZone"], lines["Settings.SNTP.DTS"]) == akuvox
    wanted = ["TimeZone", "EnableDST"]
    wanted += [
        f"DST{end}{part}" for end in ("Start", "End") for part in ("Mon", "Week", "Wday", "Hour")
    ]
    assert [values[name] for name in wanted if name in values] == fanvil.split()


@pytest.mark.feature("F042")
@pytest.mark.parametrize(("time_format", "written"), [("12", "0"), ("24", "1")])
async def test_the_time_format_of_the_site_is_in_the_files(
    estate: Estate, time_format: str, written: str
) -> None:
    """The 12-hour or 24-hour clock of the site is in the file of each device with a display."""
    await estate.change_site(time_format=time_format)

    shown = [estate.demo.door, *estate.demo.monitors.values()]

    assert [(await estate.settings(one))["Settings.DATETIME.TimeFormat"] for one in shown] == [
        written
    ] * 5


@pytest.mark.feature("F043")
@pytest.mark.parametrize(
    ("date_format", "written"), [("Y/M/D", "1"), ("M/D/Y", "7"), ("D/M/Y", "3")]
)
async def test_the_date_format_of_the_site_is_in_the_files(
    estate: Estate, date_format: str, written: str
) -> None:
    """Each of the three date formats of a site is in the file of each device with a display."""
    await estate.change_site(date_format=date_format)

    shown = [estate.demo.door, *estate.demo.monitors.values()]

    assert [(await estate.settings(one))["Settings.DATETIME.DateFormat"] for one in shown] == [
        written
    ] * 5


async def call_by_address(estate: Estate, number: str) -> None:
    """Put a flat into call mode IP."""
    site = await load_site(estate.directory.database, estate.demo.site_id)
    (flat,) = site.numbered[number]
    assert flat.apartment_id is not None
    async with estate.directory.unit(SCOPE) as unit:
        await apartments.update(unit, flat.apartment_id, {"call_mode": "ip"})


@pytest.mark.feature("F067")
async def test_call_mode_ip_puts_addresses_into_the_files_and_sip_accounts(
    estate: Estate,
) -> None:
    """In call mode IP a flat's monitor is dialled at its own address, else through the server."""
    hall = estate.demo.monitors["1001"]
    through_server = await estate.contacts(estate.demo.door)
    closed = await estate.settings(hall)

    await call_by_address(estate, "1001")
    not_known = await estate.contacts(estate.demo.door)
    estate.seen[hall.account.user] = "192.168.1.20"
    as_seen = await estate.fresh_contacts(estate.demo.door)
    await estate.change(hall, address="192.168.1.30")
    as_entered = await estate.contacts(estate.demo.door)
    door, called = await estate.settings(estate.demo.door), await estate.settings(hall)

    assert through_server == not_known
    assert (through_server[0], as_seen[0], as_entered[0]) == (
        ("1001", "1001"),
        ("1001", "192.168.1.20"),
        ("1001", "192.168.1.30"),
    )
    assert as_entered[1:] == through_server[1:]
    switch = "Settings.GENERAL.DirectIP"
    assert (closed[switch], door[switch], called[switch]) == ("0", "1", "1")
    hacking = "Account1.CALL.PreventSIPHacking"
    assert (closed[hacking], door[hacking], called[hacking]) == ("1", "1", "0")
    assert door["Account1.GENERAL.UserName"] == estate.demo.door.account.user


@pytest.mark.feature("F067")
async def test_the_call_button_of_a_household_dials_its_monitors(estate: Estate) -> None:
    """A flat's own door rings its monitors by address, or the flat on the server in mode SIP."""
    site = await load_site(estate.directory.database, estate.demo.site_id)
    (flat,) = site.numbered["1001"]
    own = await estate.add(
        name="Flat door",
        type=DeviceType.SINGLE_TENANT_DOOR,
        mac="0C1105000099",
        model="R29",
        apartment_id=flat.apartment_id,
    )
    await estate.change(estate.demo.monitors["1001"], address="192.168.1.30")
    button = "Programable.SOFTKEY01.LocalParam1"
    by_server = (await estate.settings(own))[button]
    await call_by_address(estate, "1001")

    assert (by_server, (await estate.settings(own))[button]) == (
        "1001;;;;;;;",
        "192.168.1.30;;;;;;;",
    )


@pytest.mark.feature("F098")
async def test_addresses_are_offered_inside_a_network_group_alone(estate: Estate) -> None:
    """Devices of one building are one network group; others call them through the server."""
    gate = await estate.add(
        name="Gate", type=DeviceType.MULTI_TENANT_DOOR, mac="0C1105000098", model="R29"
    )
    await estate.change(estate.demo.monitors["1001"], address="192.168.1.30")
    await call_by_address(estate, "1001")

    inside = {number for _, number in await estate.contacts(estate.demo.door)}
    outside = {number for _, number in await estate.contacts(gate)}
    assert ("192.168.1.30" in inside, "192.168.1.30" in outside) == (True, False)
    assert any(number.endswith("*1001") for number in outside)
    assert (await estate.settings(gate))["Settings.GENERAL.DirectIP"] == "0"


@pytest.mark.feature("F099")
async def test_the_contact_list_differs_with_the_display_mode(estate: Estate) -> None:
    """The three contact display modes show people, their devices with the guard, or all of them."""
    demo = estate.demo
    owners = set(demo.monitors)
    endpoints = {one.account.user for one in (*demo.monitors.values(), demo.guard)}
    endpoints |= {one.user for one in demo.apps.values()}
    shown: dict[str, set[str]] = {}
    for mode in ("only_people", "endpoints", "people_and_endpoints"):
        await estate.change(demo.door, contact_display=mode)
        shown[mode] = {number for _, number in await estate.contacts(demo.door)}

    assert shown == {
        "only_people": owners,
        "endpoints": endpoints,
        "people_and_endpoints": owners | endpoints,
    }


@pytest.mark.feature("F100")
async def test_a_name_dials_the_owner_and_not_one_device(estate: Estate) -> None:
    """With only people shown, an entry dials the apartment, so that the server rings all of it."""
    assert await estate.contacts(estate.demo.door) == [
        ("1001", "1001"),
        ("1002", "1002"),
        ("1003", "1003"),
        ("1004", "1004"),
    ]
    site = await load_site(estate.directory.database, estate.demo.site_id)
    assert {number for _, number in site.apartments} == set(estate.demo.monitors)


@pytest.mark.feature("F101")
async def test_people_come_with_their_devices_below_them(estate: Estate) -> None:
    """With people and endpoints shown, the owner can be called, and below it each single device."""
    await estate.change(estate.demo.door, contact_display="people_and_endpoints")
    monitor, app = estate.demo.monitors["1001"], estate.demo.apps["1001"]

    shown = await estate.contacts(estate.demo.door)

    assert shown[0] == ("1001", "1001")
    assert set(shown[1:3]) == {
        (f"1001 - {monitor.account.display}", monitor.account.user),
        (f"1001 - {app.display}", app.user),
    }
    assert shown[3] == ("1002", "1002")


@pytest.mark.feature("F102")
async def test_a_door_shows_exactly_the_contacts_that_were_chosen(estate: Estate) -> None:
    """The selected apartments, monitors and apps are the list that the door gets, no more."""
    site = await load_site(estate.directory.database, estate.demo.site_id)
    monitor = estate.demo.monitors["1002"]
    (flat,) = site.numbered["1001"]
    chosen = [flat.key, f"account:{site.accounts[monitor.account.user].account_id}"]
    await estate.change(estate.demo.door, contact_display="people_and_endpoints", contacts=chosen)
    shown = {number for _, number in await estate.contacts(estate.demo.door)}
    await estate.change(estate.demo.door, contacts=None)

    assert shown == {"1001", monitor.account.user}
    assert len(await estate.contacts(estate.demo.door)) > 4


@pytest.mark.feature("F111")
async def test_a_new_door_may_be_looked_through_and_answers_by_itself(estate: Estate) -> None:
    """A new door phone may be monitored and answers such calls; switched off, it does not."""
    new = (await estate.settings(estate.demo.door))["Account1.AUTO_ANSWER.Enable"]
    await estate.change(estate.demo.door, monitor_allowed=False)
    off = (await estate.settings(estate.demo.door))["Account1.AUTO_ANSWER.Enable"]

    assert (new, off) == ("1", "0")


@pytest.mark.feature("F125")
async def test_relay_names_are_in_the_file_by_index(estate: Estate) -> None:
    """The name of each relay is in the door's file under the letter of its index."""
    lines = await estate.settings(estate.demo.door)

    assert {key: value for key, value in lines.items() if ".RELAY.Name" in key} == {
        "DoorSetting.RELAY.NameA": "Main door",
        "DoorSetting.RELAY.NameB": "Garage",
    }


@pytest.mark.feature("F126")
async def test_door_monitor_and_server_know_the_same_codes(estate: Estate) -> None:
    """The code in the door's file, on the monitor's key and in the server's memory is the same."""
    site = await load_site(estate.directory.database, estate.demo.site_id)
    known = {one.index: one.dtmf_code for one in site.relays[estate.demo.door.device_id]}

    door = await estate.settings(estate.demo.door)
    monitor = await estate.settings(estate.demo.monitors["1001"])

    assert {1: door["DoorSetting.DTMF.Code1"], 2: door["DoorSetting.DTMF.Code2"]} == known
    assert {
        1: monitor["DoorSetting.RELAY.DTMFCode"],
        2: monitor["DoorSetting.RELAY.DTMFCode2"],
    } == known
    assert (door["Account1.DTMF.Type"], monitor["Account1.DTMF.Type"]) == ("3", "3")


@pytest.mark.feature("F241")
async def test_commands_of_an_operator_are_in_the_next_file(estate: Estate) -> None:
    """Lines entered for a device are in its next file, and in no other device's."""
    before = await estate.settings(estate.demo.door)
    await estate.enter(
        estate.demo.door, "Config.Settings.LANGUAGE.Type = 9", "Config.Account1.REG.Timeout = 60"
    )

    after = await estate.settings(estate.demo.door)
    other = await estate.settings(estate.demo.monitors["1001"])

    assert dict(after) == {
        **before,
        "Settings.LANGUAGE.Type": "9",
        "Account1.REG.Timeout": "60",
    }
    assert "Settings.LANGUAGE.Type" not in other


@pytest.mark.feature("F243")
async def test_the_same_command_twice_leaves_the_last_value(estate: Estate) -> None:
    """A key entered twice, in one go or later, is in the file once, with its last value."""
    await estate.enter(
        estate.demo.door, "Config.Settings.LANGUAGE.Type = 1", "Config.Settings.LANGUAGE.Type = 6"
    )
    await estate.enter(estate.demo.door, "Config.Settings.LANGUAGE.Type = 9")

    text = await estate.file(estate.demo.door)

    assert [line for line in text.splitlines() if "LANGUAGE" in line] == [
        "Config.Settings.LANGUAGE.Type = 9"
    ]


@pytest.mark.feature("F244")
async def test_a_one_time_command_is_delivered_once_and_recorded(estate: Estate) -> None:
    """A one-time line is in the first file and not in the second; the ledger has its delivery."""
    plain = await estate.file(estate.demo.door)
    await estate.enter(estate.demo.door, "Config.Autoprovision.Reboot.Enable = 1", once=True)

    first = await estate.file(estate.demo.door)
    second = await estate.file(estate.demo.door)

    assert first == plain + "Config.Autoprovision.Reboot.Enable = 1\n"
    assert second == plain
    assert [row.once for row in await estate.fetches()] == [0, 1, 0]


async def test_an_armed_device_comes_by_mac_once_and_then_by_token(estate: Estate) -> None:
    """A device armed for its first fetch has its file by MAC, and from then on by token."""
    door = estate.demo.door
    unarmed = await estate.get(f"{DOOR_MAC}.cfg")
    await estate.arm(door, 600)

    first = await estate.get(f"{DOOR_MAC}.cfg")
    again = await estate.file(door)
    after = await estate.get(f"{DOOR_MAC}.cfg")

    assert estate.statuses == [404, 200, 200, 404]
    assert (first, after) == (again, unarmed)
    assert f"http://192.0.2.1:8080/autop/{door.token.reveal()}/\n" in first
    assert [(row.status, row.decision) for row in await estate.fetches()] == [
        (404, "not_armed"),
        (200, "window"),
        (200, "token"),
        (404, "not_armed"),
    ]


async def test_a_new_token_ends_the_old_one_at_once(estate: Estate) -> None:
    """After a token is replaced, the old address is refused and the new one serves."""
    door = estate.demo.door
    await estate.file(door)
    async with estate.directory.unit(SCOPE) as unit:
        fresh = await devices.rotate_token(unit, door.device_id)

    await estate.get(f"{door.token.reveal()}/{door.mac}.cfg")
    text = await estate.get(f"{fresh.reveal()}/{door.mac}.cfg")

    assert estate.statuses == [200, 404, 200]
    assert fresh.reveal() in text


@pytest.mark.parametrize(("transport", "written"), [("udp", "0"), ("tcp", "1"), ("tls", "2")])
async def test_the_transport_of_a_device_is_in_its_file(
    estate: Estate, transport: str, written: str
) -> None:
    """A change of the transport is in the next file."""
    await estate.change(estate.demo.door, transport=transport)

    assert (await estate.settings(estate.demo.door))["Account1.SIP.TransType"] == written
