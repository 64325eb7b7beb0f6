from directory.kinds import CallType, GuardStage
from directory.queries.longest_ring import ORDINARY_STAGES, longest_ring
from directory.service import apartments, chains, people, sites
from directory.unit import Directory
from sipcore.calls.chain import chain_of, with_guards
from tests.support.dial_site import residence
from tests.support.directories import ROOT, Estate


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
