"""Relays."""

import pytest

from directory.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from directory.kinds import DeviceType, Role
from directory.service import devices, relays
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard, ids


async def test_relays_take_the_first_free_position(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        third = await relays.create(unit, device_id=estate.gate, name="C", position=3)
        second = await relays.create(unit, device_id=estate.gate, name="B")
        present = await relays.of_device(unit, estate.gate)

    assert [relay.position for relay in (third, second)] == [3, 2]
    assert [(relay.position, relay.name) for relay in present] == [(1, "Door"), (2, "B"), (3, "C")]


async def test_the_model_limits_how_many_there_are(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict, match="at most 3 relays"):
            await relays.create(unit, device_id=estate.gate, name="D", position=4)
        for name in ("B", "C"):
            await relays.create(unit, device_id=estate.gate, name=name)
        with pytest.raises(Conflict, match="at most 3 relays"):
            await relays.create(unit, device_id=estate.gate, name="D")
        with pytest.raises(Conflict, match="at most 0 relays"):
            await relays.create(unit, device_id=estate.guard, name="A")


async def test_a_position_holds_one_relay(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict, match="this device has a relay there"):
            await relays.create(unit, device_id=estate.gate, name="B", position=1)


@pytest.mark.parametrize("code", ["", "0", "#", "*", "0123", "*#9"])
async def test_a_code_is_up_to_four_keys(directory: Directory, estate: Estate, code: str) -> None:
    async with directory.unit(ROOT) as unit:
        changed = await relays.update(unit, estate.relay, {"dtmf_code": code})

    assert changed.dtmf_code == code


@pytest.mark.parametrize("code", ["12345", "A", "1 2", "１", "+"])
async def test_other_codes_are_refused_and_not_repeated(
    directory: Directory, estate: Estate, code: str
) -> None:
    with pytest.raises(Invalid) as raised:
        async with directory.unit(ROOT) as unit:
            await relays.update(unit, estate.relay, {"dtmf_code": code})

    assert raised.value.errors == (FieldError("dtmf_code", "must be 1 to 4 of 0-9 * #, or empty"),)


@pytest.mark.parametrize(("first", "second"), [("1", "1"), ("1", "12"), ("1234", "23")])
async def test_a_code_must_not_occur_within_another_of_the_device(
    directory: Directory, estate: Estate, first: str, second: str
) -> None:
    async with directory.unit(ROOT) as unit:
        await relays.update(unit, estate.relay, {"dtmf_code": first})
        other = await relays.create(unit, device_id=estate.gate, name="B")
        for attempt in (
            relays.update(unit, other.id, {"dtmf_code": second}),
            relays.create(unit, device_id=estate.gate, name="C", dtmf_code=second),
        ):
            with pytest.raises(Conflict) as raised:
                await attempt
            assert str(raised.value) == "dtmf_code: clashes with the code of relay 1"


async def test_two_doors_may_share_a_code(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        garage = await devices.create(
            unit, site_id=estate.site, name="Garage", type=DeviceType.MULTI_TENANT_DOOR
        )
        made = await relays.create(unit, device_id=garage.id, name="Door", dtmf_code="#")

    assert made.dtmf_code == "#"


async def test_the_hold_time_is_up_to_a_minute(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        for seconds in (0, 60):
            await relays.update(unit, estate.relay, {"hold_seconds": seconds})
        with pytest.raises(Invalid, match="hold_seconds: must be 0 to 60"):
            await relays.update(unit, estate.relay, {"hold_seconds": 61})
        with pytest.raises(Invalid, match="position: cannot be changed"):
            await relays.update(unit, estate.relay, {"position": 2})


async def test_a_property_manager_changes_name_code_and_switch_only(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    async with directory.unit(estate.scope()) as unit:
        await relays.update(
            unit, estate.relay, {"name": "Front", "dtmf_code": "7", "in_call": False}
        )
        for attempt in (
            relays.update(unit, estate.relay, {"hold_seconds": 9}),
            relays.create(unit, device_id=estate.gate, name="B"),
            relays.delete(unit, estate.relay),
        ):
            with pytest.raises(Forbidden):
                await attempt

    assert heard.take() == [Changed(estate.site, "relay", estate.relay, "update")]


async def test_foreign_relays_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            relays.get(unit, foreign.relay),
            relays.create(unit, device_id=foreign.gate, name="Mine"),
            relays.update(unit, foreign.relay, {"name": "Mine"}),
            relays.delete(unit, foreign.relay),
            relays.list(unit, site_id=foreign.site),
            relays.list(unit, device_id=foreign.gate),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert await relays.of_device(unit, foreign.gate) == ()
        found = [
            ids((await relays.list(unit)).items),
            ids((await relays.list(unit, site_id=estate.site, name="DOOR")).items),
            ids((await relays.list(unit, device_id=estate.gate)).items),
        ]

    assert found == [[estate.relay]] * 3


async def test_a_relay_can_be_removed(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        await relays.delete(unit, estate.relay)
        assert await relays.of_device(unit, estate.gate) == ()
