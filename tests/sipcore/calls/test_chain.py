from dataclasses import replace

import pytest

from directory.chain import ChainMember, ChainStage, OwnChain, read_chain
from directory.kinds import CallType, GuardStage
from directory.queries.dial import DialSite
from sipcore.calls.chain import (
    CHAINS,
    chain,
    chain_of,
    guard_place,
    has_guards,
    with_guards,
    without_guards,
)
from tests.support.dial_site import residence

EXPECTED = {
    "app_and_indoor": ("app+indoor+guard", "app+indoor > guard", "app+indoor"),
    "phone_and_indoor": ("landline+indoor+guard", "landline+indoor > guard", "landline+indoor"),
    "app_and_indoor_then_phone": (
        "app+indoor+guard > landline",
        "app+indoor > guard > landline",
        "app+indoor > landline",
    ),
    "indoor_then_app": ("indoor+guard > app", "indoor > guard > app", "indoor > app"),
    "indoor_then_phone": (
        "indoor+guard > landline",
        "indoor > guard > landline",
        "indoor > landline",
    ),
    "indoor_then_app_then_phone": (
        "indoor+guard > app > landline",
        "indoor > guard > app > landline",
        "indoor > app > landline",
    ),
    "indoor_only": ("indoor+guard", "indoor > guard", "indoor"),
}
SITE = residence()
NIGHT = OwnChain("night", chain(("guard",), ("landline", "indoor")))
BROKEN = read_chain("broken", "{", by_site=True)


def shown(stages: tuple[ChainStage, ...]) -> str:
    return " > ".join("+".join(stage.kinds) for stage in stages)


def built_in(name: str) -> OwnChain:
    return chain_of(SITE, name)[0]


def site_of(*chains: OwnChain, call_type: str = "app_and_indoor") -> DialSite:
    return replace(SITE, chains={one.name: one for one in chains}, call_type=call_type)


def test_each_call_type_has_its_stages_for_each_place_of_the_guards() -> None:
    places = tuple(GuardStage)

    assert {
        name: tuple(shown(with_guards(built_in(name), place)) for place in places)
        for name in CHAINS
    } == EXPECTED


def test_every_call_type_of_the_directory_has_a_chain() -> None:
    assert set(CHAINS) == set(CallType)


def test_without_a_site_choice_types_with_a_backup_give_guards_their_own_stage() -> None:
    assert {name: guard_place(built_in(name), None) for name in CHAINS} == {
        "app_and_indoor": "with_indoor",
        "phone_and_indoor": "with_indoor",
        "app_and_indoor_then_phone": "after_indoor",
        "indoor_then_app": "after_indoor",
        "indoor_then_phone": "after_indoor",
        "indoor_then_app_then_phone": "after_indoor",
        "indoor_only": "with_indoor",
    }


def test_the_sites_choice_goes_before_the_default() -> None:
    choices = ("with_indoor", "after_indoor", "never")

    assert [guard_place(built_in("app_and_indoor"), choice) for choice in choices] == list(choices)


def test_a_choice_nobody_knows_counts_as_none() -> None:
    assert guard_place(built_in("indoor_then_app"), "sideways") == "after_indoor"


def test_a_chain_of_the_site_is_found_by_its_name() -> None:
    assert chain_of(site_of(NIGHT), "night") == (NIGHT, ())


def test_who_has_no_type_of_its_own_is_called_the_way_of_the_site() -> None:
    assert chain_of(site_of(NIGHT, call_type="night"), "") == (NIGHT, ())


@pytest.mark.parametrize(
    ("site", "stored", "name", "notes"),
    [
        (
            site_of(NIGHT, call_type="night"),
            "carrier_pigeon",
            "night",
            (
                "the stored call type carrier_pigeon is unknown",
                "planned as the site's call type night",
            ),
        ),
        (
            site_of(BROKEN, call_type="broken"),
            "",
            "indoor_only",
            (
                "the stored call type broken is broken "
                "(stages: must be a list of at least one stage)",
                "planned as indoor_only",
            ),
        ),
        (
            site_of(BROKEN, call_type="gone"),
            "broken",
            "indoor_only",
            (
                "the stored call type broken is broken "
                "(stages: must be a list of at least one stage)",
                "the stored call type gone is unknown",
                "planned as indoor_only",
            ),
        ),
    ],
)
def test_a_name_that_leads_nowhere_is_planned_otherwise_and_says_so(
    site: DialSite, stored: str, name: str, notes: tuple[str, ...]
) -> None:
    found, said = chain_of(site, stored)

    assert (found.name, said) == (name, notes)


def test_a_chain_that_names_guards_gets_none_from_the_site() -> None:
    assert has_guards(NIGHT)
    assert with_guards(NIGHT, GuardStage.AFTER_INDOOR) == NIGHT.stages


def test_a_chain_that_alone_says_where_guards_ring_gets_none_from_the_site() -> None:
    alone = replace(built_in("indoor_then_app"), by_site=False)

    assert with_guards(alone, GuardStage.AFTER_INDOOR) == alone.stages


def test_guards_put_into_a_stage_leave_its_ring_time() -> None:
    timed = OwnChain("timed", (ChainStage((ChainMember("indoor", 3.0),), 12.0),))

    assert with_guards(timed, GuardStage.WITH_INDOOR) == (
        ChainStage((ChainMember("indoor", 3.0), ChainMember("guard")), 12.0),
    )


def test_without_guards_their_own_stages_are_gone() -> None:
    assert shown(without_guards(NIGHT)) == "landline+indoor"


def test_a_chain_of_guards_alone_keeps_them() -> None:
    assert shown(without_guards(OwnChain("desk", chain(("guard",))))) == "guard"
