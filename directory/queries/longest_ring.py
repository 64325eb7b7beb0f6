"""How long a call in a site may ring at most: devices must not give up before the server does."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import String, func, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from directory.chain import ChainStage, read_chain
from directory.kinds import AccountKind, GuardOrder
from directory.model import Account, Apartment, Chain, Person, Site
from directory.queries.stored_ringing import from_json, ringing_of, stored_ringing
from directory.ringing import ALONE_MOST, CAP_MOST, RING_MOST, Ringing

ORDINARY_STAGES = 3
"""Stages of the longest built-in chain beside its landline stage: indoor, guard, app (F082)."""

TURNS_MOST = ALONE_MOST + 2
"""Stages of guard phones that ring one after the other: one with the others of its stage, those
that ring alone, and the rest together."""


async def longest_ring(connection: AsyncConnection, site_id: int) -> float:
    """Upper bound in seconds: the longest chain, at the greatest stage time of the whole site.

    Three ordinary stages and one with landlines, which lasts as long as an ordinary one at least,
    or the stages of the site's longest own chain; as often as there are rounds, and no longer than
    the cap. Guards that ring one after the other add a stage each. Emergency calls, which no cap of
    the site ends, ring the guards of one building before the others. Most calls ring shorter,
    because no household need have such a chain.
    """
    query = select(
        Site.stage_timeout,
        Site.landline_timeout,
        select(func.max(Apartment.stage_timeout))
        .where(Apartment.site_id == site_id)
        .scalar_subquery(),
        select(func.max(Person.stage_timeout)).where(Person.site_id == site_id).scalar_subquery(),
        select(func.count())
        .where(Account.site_id == site_id, Account.kind == AccountKind.GUARD)
        .scalar_subquery(),
        type_coerce(Site.guard_order, String),
        Site.emergency_number,
        Site.emergency_landline,
        *stored_ringing(Site, None),
    ).where(Site.id == site_id)
    row = (await connection.execute(query)).one()
    ordinary, landline, of_apartments, of_people, guards, order = row[:6]
    emergency, outside = row[6:8]
    site = ringing_of(row[8:])
    everybody = [site, *await _apartments(connection, site_id)]
    times = [ordinary, of_apartments or 0.0, of_people or 0.0]
    longest = max([*times, *_times(everybody, landlines=False)])
    telephone = max([longest, landline, *_times(everybody, landlines=True)])
    in_order = order == GuardOrder.IN_ORDER
    # Whoever rings in order rings once in a round: the first along, each other one in a stage more.
    turns = max(min(guards, TURNS_MOST) - 1, 0) if in_order else 0
    chain = float(ORDINARY_STAGES * longest + telephone)
    for stages in await _chains(connection, site_id):
        # A guard stage may come on top of the stages that are stored.
        chain = max(chain, longest + sum([_stage(one, longest, telephone) for one in stages]))
    chain += turns * longest
    rounds = max([one.rounds or 1 for one in everybody])
    for_help = 0.0
    if emergency:
        near_and_others = min(guards, 2 * TURNS_MOST if in_order else 2)
        for_help = near_and_others * longest + (telephone if outside else 0.0)
        for_help = min(float(for_help), CAP_MOST)
    if site.longest is None:
        return max(float(chain * rounds), for_help)
    caps = [one.longest for one in everybody if one.longest is not None]
    return max(min(float(chain * rounds), max(caps)), for_help)


async def _apartments(connection: AsyncConnection, site_id: int) -> list[Ringing]:
    """What the apartments say that are not simply like their site."""
    query = select(*stored_ringing(Apartment, None)).where(
        Apartment.site_id == site_id,
        or_(
            Apartment.longest_ring.is_not(None),
            Apartment.rounds.is_not(None),
            type_coerce(Apartment.ring_times, String) != "{}",
        ),
    )
    return [ringing_of(row) for row in await connection.execute(query)]


def _times(everybody: Iterable[Ringing], *, landlines: bool) -> list[float]:
    """Ring times that somebody named, of telephones or of the rest."""
    return [
        min(seconds, RING_MOST)
        for one in everybody
        for kind, seconds in one.times.items()
        if (kind == "landline") == landlines
    ]


def _stage(stage: ChainStage, longest: float, telephone: float) -> float:
    if stage.ring_time is not None:
        return stage.ring_time
    return telephone if "landline" in stage.kinds else longest


async def _chains(connection: AsyncConnection, site_id: int) -> list[tuple[ChainStage, ...]]:
    """The stages of each chain of the site."""
    query: Any = select(Chain.name, type_coerce(Chain.stages, String)).where(
        Chain.site_id == site_id
    )
    return [
        read_chain(name, from_json(stages), by_site=True).stages
        for name, stages in await connection.execute(query)
    ]
