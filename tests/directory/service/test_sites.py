"""Sites."""

import pytest

from directory.errors import Conflict, FieldError, Forbidden, Invalid, NotFound
from directory.kinds import DateFormat, GuardStage, Plan, Role, SiteKind, TimeFormat
from directory.model import Site
from directory.scope import Scope
from directory.service import operators, sites
from directory.unit import Changed, Directory
from tests.support.directories import ROOT, Estate, Heard, ids


async def test_a_site_has_sensible_defaults(directory: Directory) -> None:
    async with directory.unit(ROOT) as unit:
        site = await sites.create(unit, name=" Linden Court ")

    assert {name: getattr(site, name) for name in (*sites.CHECKS, "kind", "plan")} == {
        "name": "Linden Court",
        "kind": SiteKind.COMMUNITY,
        "plan": Plan.BASIC,
        "timezone": "UTC",
        "country": "GB",
        "time_format": TimeFormat.HOURS_24,
        "date_format": DateFormat.YMD,
        "street": "",
        "city": "",
        "post_code": "",
        "state": "",
        "landline_enabled": False,
        "guard_stage": None,
        "stage_timeout": 30.0,
        "landline_timeout": 45.0,
        "emergency_number": "",
        "allow_apartment_to_apartment": True,
        "declined": "leg",
        "global_failure": "leg",
        "longest_ring": None,
        "rounds": 1,
        "early_status": 180,
        "ring_times": {},
        "delays": {},
        "landline_confirms": False,
        "landline_key": "1",
        "call_type": "app_and_indoor",
        "guard_order": "all",
        "people_deletable": False,
    }


async def test_every_wrong_setting_is_named(directory: Directory) -> None:
    with pytest.raises(Invalid) as raised:
        async with directory.unit(ROOT) as unit:
            await sites.create(
                unit,
                name="",
                timezone="Mars/Base",
                country="XX",
                stage_timeout=0.5,
                emergency_number="help",
            )

    assert raised.value.errors == (
        FieldError("name", "must not be empty"),
        FieldError("timezone", "must be an IANA time zone such as Europe/Berlin"),
        FieldError("country", "must be a two-letter country code such as DE"),
        FieldError("stage_timeout", "must be 1 to 300 seconds"),
        FieldError(
            "emergency_number", "must be at most 32 of 0-9 * #, and not 0: the guard phones' number"
        ),
    )


async def test_the_guards_number_is_not_for_emergencies(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        for number in ("00", "112", "*0"):
            await sites.update(unit, estate.site, {"emergency_number": number})
        with pytest.raises(Invalid, match="emergency_number"):
            await sites.update(unit, estate.site, {"emergency_number": "0"})


async def test_settings_can_be_changed(directory: Directory, estate: Estate, heard: Heard) -> None:
    async with directory.unit(ROOT) as unit:
        site = await sites.update(
            unit,
            estate.site,
            {"name": "Oak Court", "guard_stage": "never", "time_format": "12", "country": "de"},
        )

    assert (site.name, site.guard_stage, site.time_format, site.country) == (
        "Oak Court",
        GuardStage.NEVER,
        TimeFormat.HOURS_12,
        "DE",
    )
    assert heard.take() == [Changed(estate.site, "site", estate.site, "update")]


@pytest.mark.parametrize(("field", "value"), [("plan", "premium"), ("kind", "office")])
async def test_plan_and_kind_are_set_once(
    directory: Directory, estate: Estate, field: str, value: str
) -> None:
    async with directory.unit(ROOT) as unit:
        with pytest.raises(Conflict) as raised:
            await sites.update(unit, estate.site, {field: value})
        same = {"plan": "basic", "kind": "community", "name": "Linden Court"}
        await sites.update(unit, estate.site, same)

    assert raised.value.field == field


async def test_a_property_manager_changes_name_and_address_only(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(estate.scope()) as unit:
        site = await sites.update(unit, estate.site, {"name": "Ours", "city": "York"})
        with pytest.raises(Forbidden):
            await sites.update(unit, estate.site, {"timezone": "UTC"})
        with pytest.raises(Forbidden):
            await sites.delete(unit, estate.site)

    assert (site.name, site.city, site.timezone) == ("Ours", "York", "Europe/London")


@pytest.mark.parametrize("name", ["Linden Court", " LINDEN court "])
async def test_a_name_belongs_to_one_site_only(
    directory: Directory, estate: Estate, name: str
) -> None:
    async with directory.unit(ROOT) as unit:
        for attempt in (
            sites.create(unit, name=name),
            sites.update(unit, estate.office, {"name": name}),
        ):
            with pytest.raises(Conflict, match=f"site {estate.site} has this name"):
                await attempt
        site = await sites.update(unit, estate.site, {"name": "LINDEN Court"})

    assert site.name == "LINDEN Court"


async def test_who_has_a_name_is_not_told_to_those_who_do_not_see_it(
    directory: Directory, estate: Estate
) -> None:
    stranger = Scope("ivy", Role.INSTALLER, frozenset())
    async with directory.unit(stranger) as unit:
        with pytest.raises(Conflict, match="another site has this name"):
            await sites.create(unit, name="linden court")


async def test_sites_of_the_same_name_stay_as_they_are_until_one_is_renamed(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        repeated = await sites.repeated_names(unit)
        site = await sites.update(unit, estate.site, {"name": "Linden Court", "city": "York"})
        await sites.update(unit, foreign.site, {"name": "Oak Court"})

        assert repeated == {"Linden Court", "Acme"}
        assert site.city == "York"
        assert await sites.repeated_names(unit) == {"Acme"}


@pytest.mark.parametrize(("old", "new"), [("Linden Court", "Oak Court"), ("Oak", "linden COURT")])
async def test_a_property_manager_neither_takes_nor_leaves_a_name_of_the_settings(
    directory: Directory, estate: Estate, old: str, new: str
) -> None:
    """Its trunk, its numbers and its limits belong to the name."""
    named = Directory(directory.database, directory.vault, named_sites={"Linden Court"})
    async with named.unit(estate.scope(Role.INSTALLER)) as unit:
        await sites.update(unit, estate.site, {"name": old})
    async with named.unit(estate.scope()) as unit:
        with pytest.raises(Conflict, match="settings use this name"):
            await sites.update(unit, estate.site, {"name": new})


async def test_foreign_sites_are_not_found(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.unit(estate.scope(Role.INSTALLER)) as unit:
        for attempt in (
            sites.get(unit, foreign.site),
            sites.update(unit, foreign.site, {"name": "Mine"}),
            sites.delete(unit, foreign.site),
        ):
            with pytest.raises(NotFound):
                await attempt
        assert ids((await sites.list(unit)).items) == [estate.office, estate.site]


async def test_lists_sort_filter_and_turn_pages(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.reading(ROOT) as unit:
        names = [site.name for site in (await sites.list(unit, sort="-name")).items]
        offices = (await sites.list(unit, kind=SiteKind.OFFICE, sort="id")).items
        lindens = (await sites.list(unit, name="LINDEN", sort="id")).items
        pages, cursor = [], None
        while True:
            page = await sites.list(unit, limit=1, cursor=cursor)
            pages.append(ids(page.items))
            cursor = page.next_cursor
            if cursor is None:
                break

    assert names == ["Linden Court", "Linden Court", "Acme", "Acme"]
    assert ids(offices) == [estate.office, foreign.office]
    assert ids(lindens) == [estate.site, foreign.site]
    assert pages == [[estate.office], [foreign.office], [estate.site], [foreign.site]]


async def test_a_site_is_found_by_its_name_when_there_is_one_only(
    directory: Directory, estate: Estate, foreign: Estate
) -> None:
    async with directory.reading(estate.scope()) as unit:
        assert (await sites.find(unit, "Acme")).id == estate.office
        with pytest.raises(NotFound):
            await sites.find(unit, "Nowhere")
    async with directory.reading(ROOT) as unit:
        with pytest.raises(Conflict, match="several sites"):
            await sites.find(unit, "Acme")


async def test_an_operator_who_makes_a_site_is_assigned_to_it(directory: Directory) -> None:
    async with directory.unit(ROOT) as unit:
        operator = await operators.create(unit, name="ivy", role=Role.INSTALLER)
    ivy = Scope("ivy", Role.INSTALLER, frozenset(), operator.id)
    async with directory.unit(ivy) as unit:
        site = await sites.create(unit, name="New")

    async with directory.reading(ROOT) as unit:
        assert await operators.sites_of(unit, operator.id) == {site.id}


async def test_deleting_a_site_names_every_account_that_went_with_it(
    directory: Directory, estate: Estate, foreign: Estate, heard: Heard
) -> None:
    async with directory.unit(ROOT) as unit:
        await sites.delete(unit, estate.site)

    facts = heard.take()
    assert facts[-1] == Changed(estate.site, "site", estate.site, "delete")
    assert {fact.kind for fact in facts[:-1]} == {"account"}
    assert len({fact.key for fact in facts[:-1]}) == 5
    async with directory.reading(ROOT) as unit:
        left = {row.id for row in (await sites.list(unit)).items if isinstance(row, Site)}
    assert left == {estate.office, foreign.site, foreign.office}
