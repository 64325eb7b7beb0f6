"""Who is rung, in which order, and who never is (features sections B, C, D, E)."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from directory.database import open_database
from directory.errors import Invalid
from directory.kinds import CallType, DeviceType, PersonKind, SiteKind
from directory.queries.dial import DialSite
from directory.queries.load import load_site
from directory.scope import Scope
from directory.secrets import Vault
from directory.service import apartments, buildings, departments, devices, people, sites
from directory.unit import Directory
from sipcore.b2bua.plan import RingPlan
from sipcore.calls.chain import CHAINS
from sipcore.calls.explain import describe
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request
from tests.support.dial_site import residence
from tests.support.peers import ANSWER_SDP, invite, reply
from tests.support.planning import left_out, plan, refusal, ringing
from tests.support.wire import DOOR, Wire, requests, responses

SCOPE = Scope.system()
PHONES = ["+441632960001", "+441632960002"]
MONITOR, APP, GUARD, PHONE = (Flow("UDP", 0, f"192.0.2.{host}", 5060) for host in (11, 12, 13, 14))
CONTACTS = {
    "i1001": [MONITOR],
    "a1001": [APP],
    "g-1": [GUARD],
    "g-2": [GUARD],
    PHONES[0]: [PHONE],
    PHONES[1]: [PHONE],
}


def visit(call_type: str, guard_stage: str | None = None) -> tuple[RingPlan, Wire]:
    """A visitor dials 1001 of that call type; the plan, and an endpoint about to follow it."""
    answer = plan(residence(call_type, guard_stage=guard_stage), "d-1", "1001")
    assert isinstance(answer, RingPlan)
    return answer, Wire(*answer.stages, contacts=CONTACTS)


def invited(sent: list[tuple[object, Flow]]) -> list[str]:
    """Users whose INVITE has just left, without repetitions."""
    users = [
        message.request_uri.decoded_user
        for message, _flow in sent
        if isinstance(message, Request) and message.method == b"INVITE"
    ]
    return list(dict.fromkeys(users))


def stages_on_the_wire(call_type: str, guard_stage: str | None = None) -> list[list[str]]:
    """Users rung stage after stage when nobody answers, as INVITEs leave the server."""
    answer, wire = visit(call_type, guard_stage)
    rung = [invited(list(wire.receive(invite(DOOR), DOOR)))]
    seen = set(rung[0])  # phones that say nothing are sent their INVITE again (RFC 3261 §17.1.1.2)
    for stage in answer.stages:
        users = invited(list(wire.advance(stage.timeout + 0.1)))
        rung.append([user for user in users if user not in seen])
        seen.update(users)
    return [users for users in rung if users]


# --- D. Call types --------------------------------------------------------------------------------


@pytest.mark.feature("F077")
def test_there_are_six_call_types_and_the_implicit_one() -> None:
    """Six call types exist for an apartment or user, and indoor-only; each has its stages."""
    shown = {
        str(call_type): [name for name, _users in ringing(visit(call_type, "never")[0])]
        for call_type in CallType
    }

    assert shown == {
        "app_and_indoor": ["app+indoor"],
        "phone_and_indoor": ["landline+indoor"],
        "app_and_indoor_then_phone": ["app+indoor", "landline"],
        "indoor_then_app": ["indoor", "app"],
        "indoor_then_phone": ["indoor", "landline"],
        "indoor_then_app_then_phone": ["indoor", "app", "landline"],
        "indoor_only": ["indoor"],
    }
    assert set(CHAINS) == set(CallType)


@pytest.mark.feature("F081", "X02")
def test_app_and_indoor_then_phone_has_the_guard_in_the_middle() -> None:
    """INVITEs leave for app and monitor first, then the guard phones, the landlines last."""
    assert stages_on_the_wire("app_and_indoor_then_phone") == [
        ["a1001", "i1001"],
        ["g-1", "g-2"],
        PHONES,
    ]


@pytest.mark.feature("F082", "X02")
def test_the_site_may_let_guards_ring_with_the_monitor() -> None:
    """With the site option `with_indoor` app, monitor and guard ring first, the landlines last."""
    assert stages_on_the_wire("app_and_indoor_then_phone", "with_indoor") == [
        ["a1001", "i1001", "g-1", "g-2"],
        PHONES,
    ]


@pytest.mark.feature("F083")
def test_indoor_then_app_then_phone_rings_in_that_order() -> None:
    """Monitor, then app, at last the telephones: INVITEs leave in that order."""
    assert stages_on_the_wire("indoor_then_app_then_phone", "never") == [
        ["i1001"],
        ["a1001"],
        PHONES,
    ]


@pytest.mark.feature("F084")
def test_a_backup_rings_only_if_the_former_stage_was_not_answered() -> None:
    """After an answer in stage 1 no INVITE of stage 2 leaves the server."""
    _plan, wire = visit("indoor_then_app")
    (monitor,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
    answer = responses(wire.receive(reply(monitor, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR))

    later = wire.advance(29.0) + wire.advance(2.0)

    assert [response.status for response in answer] == [200]
    assert requests(later, b"INVITE") == []


@pytest.mark.feature("F085", "X02")
@pytest.mark.parametrize(
    ("guard_stage", "stages"),
    [
        ("with_indoor", [["i1001", "g-1", "g-2"], ["a1001"]]),
        ("after_indoor", [["i1001"], ["g-1", "g-2"], ["a1001"]]),
        ("never", [["i1001"], ["a1001"]]),
    ],
)
def test_the_site_decides_about_guard_phones(guard_stage: str, stages: list[list[str]]) -> None:
    """Guards ring with the monitor, in a stage of their own, or never: a site option."""
    assert stages_on_the_wire("indoor_then_app", guard_stage) == stages


@pytest.mark.feature("F089")
def test_pressing_a_name_rings_app_guard_and_monitor_at_the_same_time() -> None:
    """Dial-by-owner forks to app, monitor and guard phones at once, whatever the call type."""
    site = residence("indoor_then_app_then_phone")
    everybody = [("app+indoor+guard", ["a1001", "i1001", "g-1", "g-2"])]

    assert [
        ringing(plan(site, "d-1", "**1001")),
        ringing(plan(site, "d-gate", "**1*1001")),
        ringing(plan(residence("app_and_indoor"), "d-1", "1001")),
        ringing(plan(site, "d-gate", "EMP-7")),
    ] == [everybody, everybody, everybody, [("app+indoor+guard", ["a7", "i7", "g-1", "g-2"])]]


@pytest.mark.feature("F034", "F091")
@pytest.mark.parametrize(
    "call_type",
    [
        "phone_and_indoor",
        "app_and_indoor_then_phone",
        "indoor_then_phone",
        "indoor_then_app_then_phone",
    ],
)
def test_with_the_landline_service_off_no_telephone_rings(call_type: str) -> None:
    """No leg goes to the trunk; the telephone stage is skipped with the reason landline_off."""
    site = residence(call_type, landline_enabled=False)
    answer = plan(site, "d-1", "1001")
    assert isinstance(answer, RingPlan)
    wire = Wire(*answer.stages, contacts=CONTACTS)
    sent = wire.receive(invite(DOOR), DOOR) + wire.advance(120.0)

    assert [target for stage in answer.stages for target in stage.targets if target.trunk] == []
    assert [skipped for skipped in left_out(answer) if skipped[2] != "not_registered"] == [
        (
            answer.stages[-1].name if call_type != "phone_and_indoor" else "landline+indoor+guard",
            phone,
            "landline_off",
        )
        for phone in PHONES
    ]
    assert [flow for _message, flow in sent if flow == PHONE] == []


@pytest.mark.feature("F112")
def test_a_door_that_may_not_be_monitored_still_makes_visits() -> None:
    """A monitor's call to the door is refused with 403; the door's own call rings as ever."""
    site = residence()
    shy = replace(site.accounts["d-1"], monitor_allowed=False)
    site = replace(site, accounts={**site.accounts, "d-1": shy})

    assert (
        refusal(plan(site, "i1001", "d-1")),
        refusal(plan(site, "a1001", "d-1")),
        ringing(plan(site, "d-1", "1001")),
    ) == (
        (403, "monitor_not_allowed"),
        (403, "monitor_not_allowed"),
        [("app+indoor+guard", ["a1001", "i1001", "g-1", "g-2"])],
    )


# --- From the directory's rows to the plan ------------------------------------------------------


@pytest.fixture
async def directory(tmp_path: Path) -> AsyncIterator[Directory]:
    database = open_database(f"sqlite+aiosqlite:///{tmp_path}/directory.db")
    await database.create_schema()
    yield Directory(database, Vault.generate())
    await database.close()


async def community(directory: Directory) -> tuple[int, int, int]:
    """Building 1 with apartment 1001, a door, a monitor and a resident with every number."""
    async with directory.unit(SCOPE) as unit:
        site = await sites.create(unit, name="Linden Court", country="GB", landline_enabled=True)
        building = await buildings.create(unit, site_id=site.id, name="1")
        flat = await apartments.create(
            unit,
            building_id=building.id,
            number="1001",
            call_type=CallType.INDOOR_THEN_APP_THEN_PHONE,
        )
        resident = await people.create(
            unit,
            site_id=site.id,
            first_name="Ann",
            apartment_id=flat.id,
            mobile="07400 123456",
            landlines=["01632 960001", "01632 960002", "01632 960003"],
            app_enabled=True,
        )
        await devices.create(
            unit,
            site_id=site.id,
            name="Front door",
            type=DeviceType.MULTI_TENANT_DOOR,
            building_id=building.id,
            model="R29",
        )
        await devices.create(
            unit,
            site_id=site.id,
            name="Hall",
            type=DeviceType.INDOOR_MONITOR,
            apartment_id=flat.id,
            model="C315",
        )
    return site.id, flat.id, resident.id


def door_of(site: DialSite) -> str:
    """User of the only door."""
    (door,) = [account.user for account in site.accounts.values() if account.kind == "door"]
    return door


async def rung(directory: Directory, site_id: int, dialled: str) -> list[tuple[str, list[str]]]:
    """Stages with kinds of targets, or numbers of landlines, as the next call finds them."""
    site = await load_site(directory.database, site_id)
    answer = plan(site, door_of(site), dialled)
    assert isinstance(answer, RingPlan)
    return [
        (
            stage.name,
            [target.party.user if target.trunk else target.party.kind for target in stage.targets],
        )
        for stage in answer.stages
    ]


@pytest.mark.feature("F072", "X11")
async def test_all_three_landlines_of_a_user_ring(directory: Directory) -> None:
    """Three landlines are stored, and the telephone stage rings all of them at the same time."""
    site_id, _flat, _resident = await community(directory)

    assert (await rung(directory, site_id, "1001"))[-1] == (
        "landline",
        ["+441632960001", "+441632960002", "+441632960003"],
    )


@pytest.mark.feature("F066", "F073")
async def test_only_landline_numbers_are_dialled(directory: Directory) -> None:
    """The mobile number is in no stage of any call type; the phone fields alone feed the chain."""
    site_id, flat, _resident = await community(directory)
    told = []
    for call_type in CallType:
        async with directory.unit(SCOPE) as unit:
            await apartments.update(unit, flat, {"call_type": call_type})
        site = await load_site(directory.database, site_id)
        told.append("\n".join(describe(plan(site, door_of(site), "1001"))))

    assert [text for text in told if "7400123456" in text] == []
    assert [text.count("+44163296000") for text in told] == [0, 3, 3, 0, 3, 3, 0]


@pytest.mark.feature("F073")
async def test_a_phone_number_is_checked_with_the_calling_code_of_its_row(
    directory: Directory,
) -> None:
    """A national number becomes E.164 by the person's calling code; a wrong one is refused."""
    site_id, _flat, resident = await community(directory)
    async with directory.unit(SCOPE) as unit:
        await people.update(unit, resident, {"country": "+49", "landlines": ["030 901820"]})
    with pytest.raises(Invalid):
        async with directory.unit(SCOPE) as unit:
            await people.update(unit, resident, {"landlines": ["+49 30 901820 901820 901820"]})

    assert (await rung(directory, site_id, "1001"))[-1] == ("landline", ["+4930901820"])


@pytest.mark.feature("F071")
async def test_without_the_app_only_monitor_and_guard_are_left(directory: Directory) -> None:
    """Switching the app off rewrites the type and says so; another type is refused then."""
    site_id, flat, _resident = await community(directory)
    async with directory.unit(SCOPE) as unit:
        await devices.create(unit, site_id=site_id, name="Desk", type=DeviceType.GUARD_PHONE)
        await apartments.update(unit, flat, {"app_enabled": False})
        notes = list(unit.notes)
    with pytest.raises(Invalid):
        async with directory.unit(SCOPE) as unit:
            await apartments.update(unit, flat, {"call_type": CallType.INDOOR_THEN_APP})

    assert len(notes) == 1
    assert await rung(directory, site_id, "1001") == [("indoor+guard", ["indoor", "guard"])]


@pytest.mark.feature("F086")
async def test_a_changed_call_type_counts_for_the_very_next_call(directory: Directory) -> None:
    """A new call type of an apartment is what the next button press follows."""
    site_id, flat, _resident = await community(directory)
    before = await rung(directory, site_id, "1001")
    async with directory.unit(SCOPE) as unit:
        await apartments.update(unit, flat, {"call_type": CallType.APP_AND_INDOOR})

    assert ([name for name, _ in before], await rung(directory, site_id, "1001")) == (
        ["indoor", "app", "landline"],
        [("app+indoor", ["app", "indoor"])],
    )


@pytest.mark.feature("F004")
async def test_communities_and_offices_are_dialled_by_the_same_code(directory: Directory) -> None:
    """A callee is found in a community by apartment and in an office by external id."""
    site_id, _flat, _resident = await community(directory)
    async with directory.unit(SCOPE) as unit:
        office = await sites.create(unit, name="Works", kind=SiteKind.OFFICE)
        department = await departments.create(unit, site_id=office.id, name="Sales")
        await people.create(
            unit,
            site_id=office.id,
            first_name="Bob",
            kind=PersonKind.BASIC,
            department_id=department.id,
            external_id="E-7",
            app_enabled=True,
        )
        await devices.create(
            unit, site_id=office.id, name="Lobby", type=DeviceType.MULTI_TENANT_DOOR, model="R29"
        )

    assert (
        (await rung(directory, site_id, "1001"))[0],
        await rung(directory, office.id, "E-7"),
    ) == (("indoor", ["indoor"]), [("app+indoor", ["app"])])
