"""`/bans`: SIP sources that are not heard for a while; they live in the engine's memory.

A ban by hand and its lifting are written into the audit trail; bans that the engine makes by
itself are in the log and in the figures.
"""

from typing import Annotated

from pydantic import Field

from admin_api.errors import Clash, Rejected, Unknown
from admin_api.operation import ApiRequest, Reply, creates, deletes, reads
from admin_api.pagination import moment_key, page_of
from admin_api.rows import BanQuery, BanRow
from admin_api.schemas.base import Body, Instant, NoBody, NoQuery, Out, Page, PageQuery
from admin_api.services import NotAnAddress, TooManyBans, TrustedAddress

_SORT = "-since"
_DAY = 86_400

Address = Annotated[
    str,
    Field(min_length=2, max_length=64, description="IPv4 address, or IPv6 address for its /64."),
]


class Ban(Out):
    """One source that is not heard."""

    address: Annotated[str, Field(description="An IPv4 address, or a /64 of IPv6.")]
    since: Instant
    until: Annotated[Instant, Field(description="When it ends by itself; a restart ends it too.")]
    reason: Annotated[
        str,
        Field(
            description="What the operator wrote, or the kind of the last failure: "
            "`wrong_credentials`, `forged_identity`, `scanner`, `foreign_domain`, "
            "`unknown_number`, `unanswered_challenges` or `flood`."
        ),
    ]
    failures: Annotated[
        int,
        Field(description="Weight of the failures that led to it, rounded; 0 for one by hand."),
    ]
    by_hand: Annotated[bool, Field(description="Whether an operator set it.")]


class BanPage(Page[Ban]):
    """Bans in force, newest first."""


class NewBan(Body):
    """A ban by hand; a ban that the address has already gets the new end."""

    address: Address
    seconds: Annotated[int, Field(ge=1, le=365 * _DAY, description="How long it lasts.")] = _DAY
    reason: Annotated[
        str,
        Field(
            min_length=1,
            max_length=128,
            pattern=r"^[^\x00-\x1f]*$",
            description="What others shall read in the list.",
        ),
    ] = "by hand"


async def list_bans(request: ApiRequest[PageQuery, NoBody]) -> Reply:
    """Bans in force."""
    query = request.query
    rows = request.services.bans.list_bans(
        BanQuery(limit=query.limit + 1, after=moment_key(query.cursor, _SORT))
    )
    shown, cursor = page_of(rows, query.limit, _SORT, lambda row: (row.since, row.address))
    items = tuple(Ban.model_validate(row) for row in shown)
    return Reply(BanPage(items=items, next_cursor=cursor))


async def create_ban(request: ApiRequest[NoQuery, NewBan]) -> Reply:
    """Ban an address; phones registered from there are shut out as well.

    422 for what is no address; 409 for one that the settings trust, or when too many are banned by
    hand.
    """
    body = request.body
    try:
        row = request.services.bans.ban(body.address, body.seconds, body.reason)
    except NotAnAddress as error:
        raise Rejected.one("address", "not an IP address") from error
    except TrustedAddress as error:
        raise Clash("address", "The settings trust this address.") from error
    except TooManyBans as error:
        raise Clash("address", "There are too many bans by hand; lift some first.") from error
    await _audit(request, "create", row)
    return Reply(Ban.model_validate(row))


async def lift_ban(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """End a ban and forget the failures behind it."""
    row = request.services.bans.lift(request.name("address"))
    if row is None:
        raise Unknown
    await _audit(request, "delete", row)
    return Reply()


async def _audit(
    request: ApiRequest[NoQuery, NewBan] | ApiRequest[NoQuery, NoBody], action: str, row: BanRow
) -> None:
    """Write who did it: what is set and lifted by hand changes nothing in the directory."""
    values = {
        "address": row.address,
        "until": row.until,
        "reason": row.reason,
        "failures": row.failures,
    }
    is_new = action == "create"
    async with request.services.directory.unit(request.scope) as unit:
        unit.note(action, "ban", {} if is_new else values, values if is_new else {})


OPERATIONS = (
    reads("list_bans", "/bans", "Banned SIP sources", list_bans, query=PageQuery, out=BanPage),
    creates("create_ban", "/bans", "Ban a SIP source", create_ban, body=NewBan, out=Ban),
    deletes("lift_ban", "/bans/{address}", "Lift a ban", lift_ban),
)
