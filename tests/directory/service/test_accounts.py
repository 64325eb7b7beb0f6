"""SIP accounts."""

import re

import pytest

from directory.entropy import SystemEntropy
from directory.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from directory.kinds import AccountKind, Role
from directory.service import accounts, apartments
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard, ids


async def test_user_and_password_are_drawn_when_not_given(
    directory: Directory, estate: Estate
) -> None:
    directory.entropy = SystemEntropy()
    async with directory.unit(ROOT) as unit:
        made = [
            await accounts.create(unit, site_id=estate.site, kind=AccountKind.APP)
            for _ in range(10)
        ]
        passwords = [(await accounts.password(unit, row.id)).reveal() for row in made]

    assert [row.user for row in made if not re.fullmatch(r"[1-9][0-9]{9}", row.user)] == []
    assert [text for text in passwords if not re.fullmatch(r"[A-Za-z0-9]{20}", text)] == []
    assert len(set(passwords)) == 10


async def test_a_drawn_user_is_never_one_that_exists(directory: Directory, estate: Estate) -> None:
    class Stubborn(SystemEntropy):
        drawn = iter(["7000000001", "7000000001", "7000000001", "7000000002"])

        def digits(self, count: int) -> str:
            return next(self.drawn)

    directory.entropy = Stubborn()
    async with directory.unit(ROOT) as unit:
        made = [
            await accounts.create(unit, site_id=estate.site, kind=AccountKind.APP) for _ in range(2)
        ]

    assert [row.user for row in made] == ["7000000001", "7000000002"]


async def test_user_and_password_can_be_chosen(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        made = await accounts.create(
            unit,
            site_id=estate.site,
            kind=AccountKind.DOOR,
            user="lab-1",
            password="secret",
            display="Lab",
            apartment_id=estate.apartment,
        )
        password = await accounts.password(unit, made.id)
        found = await accounts.find(unit, "lab-1")

    assert (made.user, made.display, made.apartment_id, made.building_id, made.enabled) == (
        "lab-1",
        "Lab",
        estate.apartment,
        estate.building,
        True,
    )
    assert (password.reveal(), found) == ("secret", made)


async def test_every_wrong_field_is_named_and_no_password_repeated(
    directory: Directory, estate: Estate
) -> None:
    with pytest.raises(Invalid) as raised:
        async with directory.unit(ROOT) as unit:
            await accounts.create(
                unit,
                site_id=estate.site,
                kind="fax",  # type: ignore[arg-type]
                user="a b",
                password="hunt2",
                display="x" * 129,
            )

    assert raised.value.errors == (
        FieldError("kind", "must be one of door, indoor, guard, app"),
        FieldError("display", "at most 128 characters"),
        FieldError("user", "must be 1 to 64 letters, digits, dots, hyphens or underscores"),
        FieldError(
            "password",
            "must be 6 to 64 printable ASCII characters, no blank, quote or backslash",
        ),
    )


async def test_a_user_exists_once_on_the_server(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await accounts.create(unit, site_id=foreign.site, kind=AccountKind.APP, user="lab-1")
    with pytest.raises(Conflict) as raised:
        async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
            await accounts.create(unit, site_id=estate.site, kind=AccountKind.APP, user="lab-1")

    # Says nothing about whose it is.
    assert str(raised.value) == "user: this server has an account of that name"


async def test_a_new_password_replaces_the_old_one(
    directory: Directory, estate: Estate, heard: Heard
) -> None:
    async with directory.unit(estate.scope()) as unit:
        old = await accounts.password(unit, estate.lab_account)
        new = await accounts.reset_password(unit, estate.lab_account)
        shown = await accounts.password(unit, estate.lab_account)
        user = (await accounts.get(unit, estate.lab_account)).user

    assert (shown, new == old, len(new.reveal())) == (new, False, 20)
    assert heard.take() == [Changed(estate.site, "account", estate.lab_account, "update", user)]


async def test_display_and_switch_can_be_changed_and_the_rest_is_fixed(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        changed = await accounts.update(
            unit, estate.lab_account, {"display": "Bench", "enabled": False}
        )
        with pytest.raises(Invalid) as raised:
            await accounts.update(unit, estate.lab_account, {"user": "x", "password": "secret"})

    assert (changed.display, changed.enabled) == ("Bench", False)
    assert raised.value.errors == (
        FieldError("user", "cannot be changed"),
        FieldError("password", "unknown field"),
    )


async def test_accounts_of_devices_and_people_go_with_them_only(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        device = await accounts.of_device(unit, estate.gate)
        person = await accounts.of_person(unit, estate.master)
        assert device is not None
        assert person is not None
        for account, field in ((device, "device_id"), (person, "person_id")):
            with pytest.raises(Conflict) as raised:
                await accounts.delete(unit, account.id)
            assert raised.value.field == field
        await accounts.delete(unit, estate.lab_account)
        with pytest.raises(NotFound):
            await accounts.get(unit, estate.lab_account)


async def test_a_property_manager_neither_makes_nor_switches_accounts(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(estate.scope()) as unit:
        for attempt in (
            accounts.create(unit, site_id=estate.site, kind=AccountKind.APP),
            accounts.update(unit, estate.lab_account, {"enabled": False}),
            accounts.delete(unit, estate.lab_account),
        ):
            with pytest.raises(Forbidden):
                await attempt


async def test_foreign_accounts_and_places_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.reading(ROOT) as unit:
        user = (await accounts.get(unit, foreign.lab_account)).user
    app = AccountKind.APP
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            accounts.get(unit, foreign.lab_account),
            accounts.find(unit, user),
            accounts.create(unit, site_id=foreign.site, kind=app),
            accounts.create(unit, site_id=estate.site, kind=app, apartment_id=foreign.apartment),
            accounts.create(unit, site_id=estate.site, kind=app, building_id=foreign.building),
            accounts.create(unit, site_id=estate.site, kind=app, department_id=estate.department),
            accounts.password(unit, foreign.lab_account),
            accounts.reset_password(unit, foreign.lab_account),
            accounts.update(unit, foreign.lab_account, {"enabled": False}),
            accounts.delete(unit, foreign.lab_account),
            accounts.list(unit, site_id=foreign.site),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert await accounts.of_device(unit, foreign.gate) is None
        assert await accounts.of_person(unit, foreign.master) is None
        sites = {account.site_id for account in (await accounts.list(unit)).items}

    assert sites == {estate.site, estate.office}


async def test_lists_filter_by_kind_place_and_beginning_of_the_user(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        flat = await apartments.create(unit, building_id=estate.building, number="2")
        lab = await accounts.create(
            unit,
            site_id=estate.site,
            kind=AccountKind.GUARD,
            user="lab_7",
            apartment_id=flat.id,
        )
        gate = await accounts.of_device(unit, estate.gate)
        app = await accounts.of_person(unit, estate.master)
        assert gate is not None
        assert app is not None
        found = [
            ids((await accounts.list(unit, site_id=estate.site, kind=AccountKind.DOOR)).items),
            ids((await accounts.list(unit, apartment_id=flat.id)).items),
            ids((await accounts.list(unit, device_id=estate.gate)).items),
            ids((await accounts.list(unit, person_id=estate.master)).items),
            ids((await accounts.list(unit, user="lab_")).items),
            ids((await accounts.list(unit, user="lab%")).items),
        ]

    assert found == [[gate.id], [lab.id], [gate.id], [app.id], [lab.id], []]


async def test_accounts_are_found_for_many_devices_and_people_at_once(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.reading(ROOT) as unit:
        gate = await accounts.of_device(unit, estate.gate)
        app = await accounts.of_person(unit, estate.master)
        by_device = await accounts.of_devices(unit, [estate.gate, 4711])
        by_person = await accounts.of_people(unit, [estate.master, estate.member])

    assert (by_device, by_person) == ({estate.gate: gate}, {estate.master: app})
