"""Upper bound of how long a call may ring."""

from dataclasses import replace

import pytest

from directory.kinds import AccountKind, CallType, GuardOrder, GuardStage
from directory.queries.load import load_site
from directory.queries.longest_ring import ORDINARY_STAGES, TURNS_MOST, longest_ring
from directory.service import accounts, apartments, chains, people, sites
from directory.unit import Directory
from sipcore.b2bua.plan import Party, RingPlan, Target
from sipcore.calls import explain
from sipcore.calls.chain import chain_of, with_guards
from sipcore.calls.stages import in_turn_stages
from tests.support.dial_site import residence
from tests.support.directories import ROOT, Estate
from tests.support.planning import planner

NOW = 1_800_000_000.0


async def longest(directory: Directory, site_id: int) -> float:
    async with directory.database.connect() as connection:
        return await longest_ring(connection, site_id)


async def test_it_is_the_longest_chain_with_the_stage_times_of_the_site(
    directory: Directory, estate: Estate
) -> None:
    before = await longest(directory, estate.site)
    async with directory.unit(ROOT) as unit:
        await sites.update(unit, estate.site, {"stage_timeout": 20, "landline_timeout": 60})

    assert (before, await longest(directory, estate.site)) == (3 * 30 + 45, 3 * 20 + 60)


async def test_the_longest_stage_of_an_apartment_or_a_person_counts(
    directory: Directory, estate: Estate
) -> None:
    async with directory.unit(ROOT) as unit:
        await apartments.update(unit, estate.apartment, {"stage_timeout": 90})
        await people.update(unit, estate.employee, {"stage_timeout": 50})

    assert await longest(directory, estate.site) == 4 * 90
    assert await longest(directory, estate.office) == 4 * 50


def test_no_chain_has_more_stages() -> None:
    site = residence()
    chains = [
        with_guards(chain_of(site, name)[0], place) for name in CallType for place in GuardStage
    ]

    assert max(map(len, chains)) == ORDINARY_STAGES + 1


async def test_rounds_own_chains_and_the_cap_count(directory: Directory, estate: Estate) -> None:
    async with directory.unit(ROOT) as unit:
        await apartments.update(unit, estate.apartment, {"rounds": 3})
    in_rounds = await longest(directory, estate.site)
    async with directory.unit(ROOT) as unit:
        stages = [{"members": [{"kind": "indoor"}], "ring_time": 300}]
        await chains.create(unit, site_id=estate.site, name="endless", stages=stages)
    with_chain = await longest(directory, estate.site)
    async with directory.unit(ROOT) as unit:
        await sites.update(unit, estate.site, {"longest_ring": 400})
        await apartments.update(unit, estate.apartment, {"ring_times": {"app": 50}})

    assert (in_rounds, with_chain, await longest(directory, estate.site)) == (
        3 * (3 * 30 + 45),
        3 * (300 + 30),
        400,
    )


def test_no_guards_ring_in_more_turns() -> None:
    members = [Target(Party("guard", f"g-{number}")) for number in range(30)]

    assert 1 + len(in_turn_stages(members[1:], 1.0)) == TURNS_MOST


VISITS = ("1001", "**1001", "guard", "112", "77", "8")
CHAIN_OF_GUARDS = [
    {"members": [{"kind": "indoor"}, {"kind": "guard"}]},
    {"members": [{"kind": "app"}], "ring_time": 7},
    {"members": [{"kind": "guard"}, {"kind": "landline"}], "ring_time": 9},
    {"members": [{"kind": "landline"}]},
]
CHAIN_OF_MONITORS = [{"members": [{"kind": "indoor"}]}] * 3 + [{"members": [{"kind": "app"}]}] * 3


@pytest.mark.parametrize("guards", [2, 10, 25])
@pytest.mark.parametrize("order", list(GuardOrder))
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"longest_ring": 50},
        {"rounds": 3, "ring_times": {"guard": 120, "app": 10}},
        {"stage_timeout": 200, "rounds": 3},
        {"ring_times": {"landline": 5, "guard": 300}, "longest_ring": 1000},
    ],
)
async def test_no_plan_rings_longer(
    directory: Directory,
    estate: Estate,
    guards: int,
    order: GuardOrder,
    changes: dict[str, object],
) -> None:
    """Whatever is dialled at a door, by the planner itself, with everybody in reach."""
    async with directory.unit(ROOT) as unit:
        present = (await accounts.list(unit, site_id=estate.site)).items
        for number in range(guards - sum(one.kind == AccountKind.GUARD for one in present)):
            near = estate.building if number % 2 else None
            await accounts.create(
                unit, site_id=estate.site, kind=AccountKind.GUARD, building_id=near
            )
        for name, stages in (("guarded", CHAIN_OF_GUARDS), ("walk", CHAIN_OF_MONITORS)):
            await chains.create(unit, site_id=estate.site, name=name, stages=stages)
        settings: dict[str, object] = {
            "landline_enabled": True,
            "guard_order": order,
            "emergency_number": "112",
        }
        settings["emergency_landline"] = "+442079460001"
        await sites.update(unit, estate.site, settings | changes)
    for call_type in (*CallType, "guarded", "walk", "night"):
        async with directory.unit(ROOT) as unit:
            await apartments.update(unit, estate.apartment, {"call_type": call_type})
        bound = await longest(directory, estate.site)
        site = await load_site(directory.database, estate.site)
        for place in GuardStage:
            plans = planner(replace(site, guard_stage=place))
            for dialled in VISITS:
                answer = plans.simulate(estate.site, dialled, assume_reachable=True, at=NOW)
                if isinstance(answer, RingPlan):
                    assert explain.longest_ring(answer) <= bound, (call_type, place, dialled)
