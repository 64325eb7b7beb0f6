"""The lab flat: a door, a monitor and an app of a site that exist only while the self-test runs.

It is made and removed by the same services as every other flat, in a building of its own, so that
no resident's phone belongs to it. Guards are left out: their phones are real.
"""

from dataclasses import dataclass

from directory.errors import NotFound
from directory.kinds import AccountKind, CallType, DeviceType, GuardStage
from directory.model import Account, Building
from directory.scope import Scope
from directory.secrets import Secret
from directory.service import accounts, apartments, buildings, devices, relays
from directory.unit import Directory, Unit

BUILDING = "doorline selftest"
FLAT = "1"
DOOR = "Self-test door"
CODE = "7"
"""Of the lab door's only relay."""
STAGE_TIMEOUT = 4.0
"""Seconds each stage of the lab flat rings."""
_SCOPE = Scope.system("doorline selftest")


@dataclass(frozen=True, slots=True)
class LabPhone:
    """An account that the self-test plays."""

    user: str
    password: Secret
    display: str


@dataclass(frozen=True, slots=True)
class Lab:
    """What the self-test plays with."""

    site_id: int
    door: LabPhone
    phones: tuple[LabPhone, ...]
    """The flat's."""
    building: str
    """Name of the flat's building."""
    number: str
    """Of the flat; the door stands in its building and dials just that."""
    code: str = CODE


async def make_lab(directory: Directory, site_id: int) -> Lab:
    """A lab flat, after what an earlier self-test that was cut has left."""
    await remove_lab(directory, site_id)
    async with directory.unit(_SCOPE) as unit:
        building = await buildings.create(unit, site_id=site_id, name=BUILDING)
        flat = await apartments.create(
            unit,
            building_id=building.id,
            number=FLAT,
            call_type=CallType.INDOOR_THEN_APP,
            guard_stage=GuardStage.NEVER,
            stage_timeout=STAGE_TIMEOUT,
        )
        phones = [
            await accounts.create(
                unit, site_id=site_id, kind=kind, display=display, apartment_id=flat.id
            )
            for kind, display in (
                (AccountKind.INDOOR, "Self-test monitor"),
                (AccountKind.APP, "Self-test app"),
            )
        ]
        return await _lab(unit, building, FLAT, phones)


async def borrow_flat(directory: Directory, site_id: int, building: str, number: str) -> Lab:
    """A real flat's monitors and apps with a door of the self-test's; NotFound.

    Whoever is registered with these accounts rings as well.
    """
    await remove_lab(directory, site_id)
    async with directory.unit(_SCOPE) as unit:
        home = await buildings.find(unit, site_id, building)
        flat = await apartments.find(unit, home.id, number)
        present = (await accounts.list(unit, site_id=site_id, apartment_id=flat.id)).items
        phones = [
            account
            for account in present
            if account.enabled and account.kind in (AccountKind.INDOOR, AccountKind.APP)
        ]
        return await _lab(unit, home, number, phones)


async def remove_lab(directory: Directory, site_id: int) -> None:
    """Take the lab away, whatever of it there is."""
    async with directory.unit(_SCOPE) as unit:
        for device in (await devices.list(unit, site_id=site_id, name=DOOR)).items:
            if device.name == DOOR:
                await devices.delete(unit, device.id)
        try:
            building = await buildings.find(unit, site_id, BUILDING)
        except NotFound:
            return
        await buildings.delete(unit, building.id)


async def _lab(unit: Unit, building: Building, number: str, phones: list[Account]) -> Lab:
    door = await devices.create(
        unit,
        site_id=building.site_id,
        name=DOOR,
        type=DeviceType.MULTI_TENANT_DOOR,
        building_id=building.id,
        vendor="generic",
    )
    await relays.create(unit, device_id=door.id, name="Self-test relay", dtmf_code=CODE)
    account = await accounts.of_device(unit, door.id)
    assert account is not None  # noqa: S101 - every door places calls
    return Lab(
        building.site_id,
        await _phone(unit, account),
        tuple([await _phone(unit, phone) for phone in phones]),
        building.name,
        number,
    )


async def _phone(unit: Unit, account: Account) -> LabPhone:
    return LabPhone(account.user, await accounts.password(unit, account.id), account.display)
