"""Devices."""

import pytest

from directory.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from directory.kinds import AccountKind, ContactDisplay, DeviceScope, DeviceType, Role, Transport
from directory.service import accounts, apartments, devices, macs, relays
from directory.unit import Changed, Directory
from tests.support.directories import NOW, ROOT, Estate, Heard, ids

FREE_MAC = "0C1105000002"
FOREIGN_FREE_MAC = "0C1105990002"


class TestCreation:
    @pytest.mark.parametrize("device_type", list(DeviceType))
    async def test_a_device_that_calls_brings_its_account(
        self, directory: Directory, estate: Estate, device_type: DeviceType
    ) -> None:
        private = device_type is DeviceType.INDOOR_MONITOR
        async with directory.unit(ROOT) as unit:
            made = await devices.create(
                unit,
                site_id=estate.site,
                name="New",
                type=device_type,
                apartment_id=estate.apartment if private else None,
            )
            account = await accounts.of_device(unit, made.id)

        expected = {
            DeviceType.MULTI_TENANT_DOOR: AccountKind.DOOR,
            DeviceType.SINGLE_TENANT_DOOR: AccountKind.DOOR,
            DeviceType.INDOOR_MONITOR: AccountKind.INDOOR,
            DeviceType.GUARD_PHONE: AccountKind.GUARD,
            DeviceType.ACCESS_CONTROL: None,
        }[device_type]
        assert (None if account is None else account.kind) == expected
        assert account is None or (account.display, account.site_id, account.apartment_id) == (
            "New",
            estate.site,
            made.apartment_id,
        )

    async def test_defaults(self, directory: Directory, estate: Estate) -> None:
        async with directory.unit(ROOT) as unit:
            made = await devices.create(
                unit, site_id=estate.site, name="Gate 2", type=DeviceType.MULTI_TENANT_DOOR
            )

        assert {name: getattr(made, name) for name in (*devices.CHECKS, "armed_until")} == {
            "name": "Gate 2",
            "vendor": "akuvox",
            "model": "",
            "mac": None,
            "scope": DeviceScope.SITE,
            "building_id": None,
            "department_id": None,
            "apartment_id": None,
            "person_id": None,
            "transport": Transport.UDP,
            "monitor_allowed": True,
            "contact_display": ContactDisplay.ONLY_PEOPLE,
            "contacts": None,
            "call_number": "",
            "address": "",
            "armed_until": None,
        }

    async def test_every_wrong_field_is_named(self, directory: Directory, estate: Estate) -> None:
        with pytest.raises(Invalid) as raised:
            async with directory.unit(ROOT) as unit:
                await devices.create(
                    unit,
                    site_id=estate.site,
                    name="",
                    type=DeviceType.MULTI_TENANT_DOOR,
                    mac="none",
                    vendor="A/B",
                    call_number="call me",
                )

        assert raised.value.errors == (
            FieldError("name", "must not be empty"),
            FieldError("mac", "must be a MAC address of 12 hexadecimal digits"),
            FieldError("vendor", "must be a lower-case name such as akuvox"),
            FieldError("call_number", "must be something to dial"),
        )

    async def test_an_unknown_type_is_refused(self, directory: Directory, estate: Estate) -> None:
        with pytest.raises(Invalid, match="type: must be one of multi_tenant_door"):
            async with directory.unit(ROOT) as unit:
                await devices.create(
                    unit,
                    site_id=estate.site,
                    name="New",
                    type="fridge",  # type: ignore[arg-type]
                )


class TestMac:
    async def test_a_mac_of_the_library_is_bound(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            made = await devices.create(
                unit,
                site_id=estate.site,
                name="New",
                type=DeviceType.ACCESS_CONTROL,
                mac="0c:11:05:00:00:02",
            )
            entry = await macs.get(unit, estate.free_mac)

        assert (made.mac, entry.device_id) == (FREE_MAC, made.id)

    @pytest.mark.parametrize(
        ("mac", "reason"),
        [
            ("0C11050000FF", "not_in_library"),
            (FOREIGN_FREE_MAC, "not_in_library"),
            ("0C1105000001", "already_bound"),
        ],
    )
    async def test_another_mac_is_refused(
        self, directory: Directory, estate: Estate, foreign: Estate, mac: str, reason: str
    ) -> None:
        with pytest.raises(Conflict) as raised:
            async with directory.unit(ROOT) as unit:
                await devices.create(
                    unit,
                    site_id=estate.site,
                    name="New",
                    type=DeviceType.ACCESS_CONTROL,
                    mac=mac,
                )

        assert (raised.value.field, raised.value.message.partition(":")[0]) == ("mac", reason)

    async def test_a_device_can_get_another_mac_or_none(
        self, directory: Directory, estate: Estate
    ) -> None:
        bound = []
        async with directory.unit(ROOT) as unit:
            for mac in (FREE_MAC, FREE_MAC.lower(), None, "0C1105000001"):
                await devices.update(unit, estate.gate, {"mac": mac})
                page = await macs.list(unit, site_id=estate.site, bound=True)
                bound.append(ids(page.items))
            with pytest.raises(Conflict):
                await devices.update(unit, estate.gate, {"mac": "0C11050000FF"})
            bound.append(ids((await macs.list(unit, site_id=estate.site, bound=True)).items))

        assert bound == [
            [estate.free_mac],
            [estate.free_mac],
            [],
            [estate.bound_mac],
            [estate.bound_mac],
        ]

    async def test_the_mac_of_a_deleted_device_is_free(
        self, directory: Directory, estate: Estate, heard: Heard
    ) -> None:
        async with directory.unit(ROOT) as unit:
            account = await accounts.of_device(unit, estate.gate)
            await devices.delete(unit, estate.gate)
            free = await macs.list(unit, site_id=estate.site, bound=False)

        assert account is not None
        assert ids(free.items) == [estate.bound_mac, estate.free_mac]
        assert heard.take() == [
            Changed(estate.site, "account", account.id, "delete", account.user),
            Changed(estate.site, "mac", estate.bound_mac, "update"),
            Changed(estate.site, "device", estate.gate, "delete"),
        ]


class TestPlace:
    async def test_the_scope_follows_from_the_place(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            found: dict[tuple[object, ...], tuple[object, ...]] = {}
            places: list[tuple[int, dict[str, int]]] = [
                (estate.site, {}),
                (estate.site, {"building_id": estate.building}),
                (estate.site, {"apartment_id": estate.apartment}),
                (estate.office, {"department_id": estate.department}),
                (estate.office, {"person_id": estate.employee}),
                (estate.site, {"person_id": estate.master}),
            ]
            for site_id, place in places:
                made = await devices.create(
                    unit,
                    site_id=site_id,
                    name="Door",
                    type=DeviceType.SINGLE_TENANT_DOOR,
                    building_id=place.get("building_id"),
                    apartment_id=place.get("apartment_id"),
                    department_id=place.get("department_id"),
                    person_id=place.get("person_id"),
                )
                found[site_id, *place] = (
                    made.scope.value,
                    made.building_id,
                    made.department_id,
                    made.apartment_id,
                    made.person_id,
                )

        assert found == {
            (estate.site,): ("site", None, None, None, None),
            (estate.site, "building_id"): ("building", estate.building, None, None, None),
            (estate.site, "apartment_id"): (
                "apartment",
                estate.building,
                None,
                estate.apartment,
                None,
            ),
            (estate.office, "department_id"): (
                "department",
                None,
                estate.department,
                None,
                None,
            ),
            (estate.office, "person_id"): (
                "person",
                None,
                estate.department,
                None,
                estate.employee,
            ),
            (estate.site, "person_id"): (
                "person",
                estate.building,
                None,
                estate.apartment,
                estate.master,
            ),
        }

    @pytest.mark.parametrize(
        ("device_type", "place", "field"),
        [
            (DeviceType.INDOOR_MONITOR, {}, "scope"),
            (DeviceType.INDOOR_MONITOR, {"building_id": "building"}, "scope"),
            (DeviceType.GUARD_PHONE, {"apartment_id": "apartment"}, "scope"),
        ],
    )
    async def test_a_monitor_is_private_and_a_guard_phone_is_not(
        self,
        directory: Directory,
        estate: Estate,
        device_type: DeviceType,
        place: dict[str, str],
        field: str,
    ) -> None:
        with pytest.raises(Invalid) as raised:
            async with directory.unit(ROOT) as unit:
                await devices.create(
                    unit,
                    site_id=estate.site,
                    name="New",
                    type=device_type,
                    **{name: getattr(estate, value) for name, value in place.items()},
                )

        assert [error.field for error in raised.value.errors] == [field]

    async def test_a_device_moves_with_its_account(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            flat = await apartments.create(unit, building_id=estate.building, number="2")
            monitor = await devices.update(
                unit, estate.monitor, {"apartment_id": flat.id, "name": "Hall"}
            )
            account = await accounts.of_device(unit, estate.monitor)

        assert account is not None
        assert (monitor.scope, monitor.apartment_id, monitor.building_id) == (
            DeviceScope.APARTMENT,
            flat.id,
            estate.building,
        )
        assert (account.apartment_id, account.building_id, account.display) == (
            flat.id,
            estate.building,
            "Hall",
        )

    async def test_a_door_moves_to_the_whole_site(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            gate = await devices.update(unit, estate.gate, {"scope": "site"})
            account = await accounts.of_device(unit, estate.gate)

        assert account is not None
        assert (gate.scope, gate.building_id, account.building_id) == (
            DeviceScope.SITE,
            None,
            None,
        )

    async def test_a_monitor_cannot_become_public(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            with pytest.raises(Invalid, match="an indoor monitor belongs to an apartment"):
                await devices.update(unit, estate.monitor, {"building_id": estate.building})


class TestToken:
    async def test_a_token_is_shown_again_until_it_is_rotated(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            first = await devices.token(unit, estate.gate)
            again = await devices.token(unit, estate.gate)
            second = await devices.rotate_token(unit, estate.gate)
            device = await devices.get(unit, estate.gate)
            shown = await devices.token(unit, estate.gate)

        assert (first, shown) == (again, second)
        assert first != second
        assert device.autop_token_hash == devices.token_hash(second.reveal())

    async def test_a_device_is_armed_for_a_while(
        self, directory: Directory, estate: Estate
    ) -> None:
        async with directory.unit(ROOT) as unit:
            armed = (await devices.arm(unit, estate.gate, 600)).armed_until
            disarmed = (await devices.arm(unit, estate.gate, 0)).armed_until
            for duration in (-1, devices.ARMED_MAXIMUM + 1):
                with pytest.raises(Invalid, match="duration: must be 0 to 604800 seconds"):
                    await devices.arm(unit, estate.gate, duration)
            with pytest.raises(Conflict, match="without a MAC"):
                await devices.arm(unit, estate.monitor, 600)

        assert (armed, disarmed) == (NOW + 600, None)


async def test_a_property_manager_changes_what_residents_see_only(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(estate.scope()) as unit:
        changed = await devices.update(
            unit,
            estate.gate,
            {"name": "Front", "contact_display": "endpoints", "monitor_allowed": False},
        )
        for attempt in (
            devices.update(unit, estate.gate, {"mac": None}),
            devices.update(unit, estate.gate, {"scope": "site"}),
            devices.create(unit, site_id=estate.site, name="New", type=DeviceType.GUARD_PHONE),
            devices.delete(unit, estate.gate),
            devices.arm(unit, estate.gate, 60),
            devices.token(unit, estate.gate),
            devices.rotate_token(unit, estate.gate),
        ):
            with pytest.raises(Forbidden):
                await attempt

    assert (changed.name, changed.contact_display, changed.monitor_allowed) == (
        "Front",
        ContactDisplay.ENDPOINTS,
        False,
    )


async def test_type_site_and_window_cannot_be_edited(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Invalid) as raised:
            await devices.update(
                unit, estate.gate, {"type": "guard_phone", "site_id": 2, "armed_until": 1.0}
            )

    assert raised.value.errors == (
        FieldError("type", "cannot be changed"),
        FieldError("site_id", "cannot be changed"),
        FieldError("armed_until", "is set by arming the device"),
    )


async def test_foreign_devices_and_places_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    door = DeviceType.SINGLE_TENANT_DOOR
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            devices.get(unit, foreign.gate),
            devices.create(unit, site_id=foreign.site, name="New", type=door),
            devices.create(
                unit, site_id=estate.site, name="New", type=door, building_id=foreign.building
            ),
            devices.create(
                unit, site_id=estate.site, name="New", type=door, apartment_id=foreign.apartment
            ),
            devices.create(
                unit, site_id=estate.site, name="New", type=door, person_id=foreign.master
            ),
            devices.update(unit, foreign.gate, {"name": "Mine"}),
            devices.update(unit, estate.gate, {"building_id": foreign.building}),
            devices.delete(unit, foreign.gate),
            devices.arm(unit, foreign.gate, 60),
            devices.token(unit, foreign.gate),
            devices.rotate_token(unit, foreign.gate),
            devices.list(unit, site_id=foreign.site),
        ):
            with pytest.raises(NotFound):
                await attempt
        found = {device.id for device in (await devices.list(unit)).items}

    assert found == {estate.gate, estate.monitor, estate.guard}


async def test_lists_filter_by_type_place_name_and_mac(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.reading(estate.scope()) as unit:
        found = [
            ids((await devices.list(unit, type=DeviceType.GUARD_PHONE)).items),
            ids((await devices.list(unit, scope=DeviceScope.BUILDING)).items),
            ids((await devices.list(unit, building_id=estate.building)).items),
            ids((await devices.list(unit, apartment_id=estate.apartment)).items),
            ids((await devices.list(unit, name="gat")).items),
            ids((await devices.list(unit, mac="0001")).items),
            ids((await devices.list(unit, site_id=estate.site, sort="-name")).items),
        ]

    assert found == [
        [estate.guard],
        [estate.gate],
        [estate.gate, estate.monitor],
        [estate.monitor],
        [estate.gate],
        [estate.gate],
        [estate.monitor, estate.guard, estate.gate],
    ]


async def test_relays_go_with_their_device(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        await devices.delete(unit, estate.gate)
        with pytest.raises(NotFound):
            await relays.get(unit, estate.relay)


async def test_contacts_are_chosen_among_those_of_the_site(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    chosen = [f"person:{estate.master}", f"apartment:{estate.apartment}"]
    async with directory.unit(ROOT) as unit:
        gate = await devices.update(unit, estate.gate, {"contacts": chosen})
        kept = gate.contacts
        await devices.update(unit, estate.gate, {"contacts": None})
    wrong = [*chosen, f"apartment:{foreign.apartment}"]
    with pytest.raises(Invalid) as raised:
        async with directory.unit(ROOT) as unit:
            await devices.update(unit, estate.gate, {"contacts": wrong})

    assert (kept, gate.contacts) == (chosen, None)
    assert raised.value.errors == (FieldError("contacts.3", "names no apartment of this site"),)
