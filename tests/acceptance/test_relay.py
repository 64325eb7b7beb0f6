"""Doors opened by the digits of a call, and what the door log says about it (sections F and N)."""

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from directory.database import Database, open_database
from directory.kinds import DeviceType, Role
from directory.queries.dial import DialDirectory
from directory.queries.load import load_all
from directory.queries.provisioning import DeviceSettings
from directory.scope import Scope
from directory.secrets import Vault
from directory.service import apartments, buildings, devices, relays, sites
from directory.unit import Directory
from doorline.adapters.digits import DoorDigits
from provisioning.catalogue import load_catalogue
from provisioning.profile import ServerAddress, profile_of
from provisioning.render import Renderer
from provisioning.zones import clock_rule
from relay.door_log import DoorLogEntry, LogType, door_log_writer
from relay.door_log_list import DoorLogFilter, list_door_log
from relay.in_call import InCallDigits
from relay.visit import visit_entry
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.device_settings import settings_of
from tests.support.dial_site import (
    DOORS,
    account,
    directory_of,
    foreign_site,
    relay,
    residence,
    with_relays,
)
from tests.support.peers import (
    ANSWER_SDP,
    in_dialog_of_callee,
    in_dialog_of_caller,
    invite,
    reply,
)
from tests.support.values import changed
from tests.support.wire import DOOR, DOOR_PARTY, Wire, requests, responses, stage

SCOPE = Scope.system()
APP = Flow("UDP", 0, "192.0.2.12", 5060)
FRONT = relay(11, "#", name="Front door")
VAULT = relay(12, "24", name="Vault", in_call=False)
SITE = with_relays(residence(), FRONT, VAULT)


def ignore(_call_id: str, _at: float, _detail: Mapping[str, object]) -> None:
    """No timeline is needed."""


def info(signal: str) -> bytes:
    """Body of an INFO."""
    return f"Signal={signal}\r\nDuration=160\r\n".encode()


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite+aiosqlite:///{tmp_path}/relay.db")
    await opened.create_schema()
    yield opened
    await opened.close()


async def written(database: Database, entries: list[DoorLogEntry]) -> tuple[DoorLogEntry, ...]:
    """What the log shows after these entries, oldest first."""
    writer = door_log_writer(database)
    writer.start()
    for entry in entries:
        writer.write(entry)
    await writer.close()
    return await list_door_log(database, SCOPE, descending=False)


class Rows(list[DoorLogEntry]):
    """A door log that is a list."""

    def write(self, entry: DoorLogEntry) -> None:
        """Keep one row."""
        self.append(entry)


def pressed(
    directory: DialDirectory, by: str, door: str, signals: str, call_id: str = "call-1"
) -> Rows:
    """The rows that these key presses leave, one a second."""
    rows = Rows()
    digits = InCallDigits(directory, rows, ignore)
    for second, signal in enumerate(signals):
        digits.digits(call_id, by, door, "application/dtmf-relay", info(signal), 100.0 + second)
    return rows


@pytest.mark.feature("F126", "G05")
async def test_the_code_in_the_doors_file_is_the_code_the_server_recognises(
    database: Database,
) -> None:
    """Pressing the DTMF codes of the rendered autop file opens the relays they belong to."""
    directory = Directory(database, Vault.generate())
    async with directory.unit(SCOPE) as unit:
        site = await sites.create(unit, name="Linden Court")
        building = await buildings.create(unit, site_id=site.id, name="1")
        flat = await apartments.create(unit, building_id=building.id, number="1001")
        door = await devices.create(
            unit,
            site_id=site.id,
            name="Front",
            type=DeviceType.MULTI_TENANT_DOOR,
            building_id=building.id,
            model="R29",
        )
        await relays.create(unit, device_id=door.id, name="Left", dtmf_code="4")
        await relays.create(unit, device_id=door.id, name="Right", dtmf_code="*")
        monitor = await devices.create(
            unit,
            site_id=site.id,
            name="Hall",
            type=DeviceType.INDOOR_MONITOR,
            apartment_id=flat.id,
        )
    settings = await settings_of(directory, door.id)
    dial = await load_all(database)
    users = {entry.device_id: entry.user for entry in dial.sites[site.id].accounts.values()}

    codes = re.findall(r"Config\.DoorSetting\.DTMF\.Code[0-9] = (\S+)", rendered(settings))
    rows = pressed(dial, users[monitor.id], users[door.id], "".join(codes))

    assert codes == ["4", "*"]
    assert [(row.relay_name, row.response, row.initiated_by) for row in rows] == [
        ("Left", "allowed", "Hall"),
        ("Right", "allowed", "Hall"),
    ]


@pytest.mark.feature("F131", "G05")
def test_a_relay_without_the_talking_page_method_opens_in_no_call() -> None:
    """The INFO with an allowed code reaches the door; that of a relay closed to calls does not."""
    site = residence()
    door = replace(account("d-1", building_id=10), user=DOOR_PARTY.user)
    site = with_relays(replace(site, accounts={**site.accounts, door.user: door}), FRONT, VAULT)
    rows = Rows()
    wire, leg, answer = answered_by_app(directory_of(site), rows)

    reached = [
        [
            message.body
            for message, flow in wire.receive(
                in_dialog_of_callee(
                    "INFO",
                    leg,
                    APP,
                    cseq=cseq,
                    branch=f"z9hG4bKinfo{cseq}",
                    body=info(signal),
                    content_type="application/dtmf-relay",
                ),
                APP,
            )
            if isinstance(message, Request) and flow == DOOR
        ]
        for cseq, signal in enumerate("#24", start=1)
    ]

    assert answer == 200
    assert reached == [[info("#")], [info("2")], []]
    assert [(row.relay_name, row.response, row.reason) for row in rows] == [
        ("Front door", "allowed", "in_call"),
        ("Vault", "denied", "in_call_off"),
    ]


@pytest.mark.feature("F265")
async def test_the_door_log_has_three_types_of_rows_and_all(database: Database) -> None:
    """Door log types: all, call, door release, door close."""
    (release,) = pressed(directory_of(SITE), "a1001", "d-1", "#")
    visit = visited("answered")
    closing = replace(release, log_type=LogType.DOOR_CLOSE.value, action="close")
    await written(database, [release, visit, closing])

    found = {
        log_type: [
            row.log_type
            for row in await list_door_log(
                database, SCOPE, DoorLogFilter(log_type=log_type), descending=False
            )
        ]
        for log_type in ("all", *(str(word) for word in LogType))
    }

    assert found == {
        "all": ["door_release", "call", "door_close"],
        "call": ["call"],
        "door_release": ["door_release"],
        "door_close": ["door_close"],
    }


@pytest.mark.feature("F266")
async def test_filters_of_the_door_log_work_together(database: Database) -> None:
    """Time, building, device name, initiated by, apartment and action narrow the list together."""
    (wanted,) = pressed(directory_of(SITE), "a1001", "d-1", "#")
    others = [
        replace(wanted, at=5.0),
        replace(wanted, building_id=20),
        replace(wanted, device_name="Back"),
        replace(wanted, initiated_by="Bob"),
        replace(wanted, apartment_id=102),
        replace(wanted, action="close"),
        replace(wanted, site_id=2),
    ]
    await written(database, [*others, wanted])
    question = DoorLogFilter(
        since=99.0,
        until=101.0,
        building_id=10,
        device_name="d-1",
        initiated_by="a1001",
        apartment_id=101,
        action="open",
    )
    manager = Scope("pm", Role.PROPERTY_MANAGER, frozenset({1}))

    assert await list_door_log(database, manager, question) == (replace(wanted, id=8),)


@pytest.mark.feature("F267", "F269")
async def test_a_release_row_tells_who_where_when_and_with_which_key(database: Database) -> None:
    """All ten columns of the log are there; a release names kind and id of the credential."""
    (row,) = await written(database, pressed(directory_of(SITE), "a1001", "d-1", "#"))

    assert {
        "happened on": row.at,
        "building": row.building,
        "device name": row.device_name,
        "initiated by": row.initiated_by,
        "apartment": row.apartment,
        "log type": row.log_type,
        "action": row.action,
        "key": (row.key_kind, row.key_id),
        "response": row.response,
        "capture": row.capture,
    } == {
        "happened on": 100.0,
        "building": "1",
        "device name": "D-1",
        "initiated by": "A1001",
        "apartment": "1001",
        "log type": "door_release",
        "action": "open",
        "key": ("dtmf", "relay:11"),
        "response": "allowed",
        "capture": "",
    }


@pytest.mark.feature("F268", "X10")
async def test_rows_of_calls_show_success_and_the_truth_beside_it(database: Database) -> None:
    """Whatever a call came to, response is the same; the true outcome stands in its own column."""
    denied = pressed(directory_of(SITE), "a1001", "d-1", "24")
    rows = await written(
        database, [visited("answered"), visited("busy", 486), visited("missed", 480), *denied]
    )

    assert [(row.log_type, row.response, row.outcome, row.status) for row in rows] == [
        ("call", "allowed", "answered", None),
        ("call", "allowed", "busy", 486),
        ("call", "allowed", "missed", 480),
        ("door_release", "denied", "denied", None),
    ]


@pytest.mark.feature("G05")
@pytest.mark.parametrize(
    ("by", "door", "reason"),
    [
        ("9999999999", "d-1", "foreign_site"),
        ("+33123456789", "d-1", "kind_may_not_open"),
        ("d-2", "d-1", "door_may_not_open"),
        ("a2001", "d-1001", "other_household"),
    ],
)
def test_who_may_not_open_is_refused_and_logged(by: str, door: str, reason: str) -> None:
    """Parties of a call without the right leave a denied row with the reason."""
    private = relay(13, "#", door="d-1001", name="Flat door")
    site = with_relays(residence(), FRONT, private)

    rows = pressed(directory_of(site, foreign_site()), by, door, "#")

    assert [(row.response, row.reason, row.account_user) for row in rows] == [
        ("denied", reason, by)
    ]


def answered_by_app(directory: DialDirectory, rows: Rows) -> tuple[Wire, Request, int]:
    """A call of the door that the app answered; the INVITE to the app and the answer's status."""
    wire = Wire(stage("app", "a1001", kind="app"), contacts={"a1001": [APP]})
    digits = DoorDigits(InCallDigits(directory, rows, ignore), wire.clock)
    wire.endpoint.ports = changed(wire.endpoint.ports, digits=digits)
    (leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    (answer,) = responses(wire.receive(reply(leg, 200, body=ANSWER_SDP, flow=APP), APP))
    wire.receive(in_dialog_of_caller("ACK", answer, DOOR, cseq=1, branch="z9hG4bKack"), DOOR)
    return wire, leg, answer.status


def rendered(settings: DeviceSettings) -> str:
    """The device's own autop file."""
    catalogue = load_catalogue()
    server = ServerAddress("sip.test", {"udp": 5060}, "doorline.test", "http://autop.test")
    model = catalogue.model(settings.vendor, settings.model)
    assert model is not None
    profile = profile_of(settings, model, server, clock_rule(settings.timezone))
    return Renderer(catalogue).device_file(profile, model, server).body.decode()


def visited(outcome: str, status: int | None = None) -> DoorLogEntry:
    """The row of a visit at door d-1 to apartment 1001."""
    entry = visit_entry(
        directory_of(SITE),
        call_id="call-1",
        at=50.0,
        door_user=DOORS[1].user,
        apartment_id=101,
        outcome=outcome,
        status=status,
    )
    assert entry is not None
    return entry
