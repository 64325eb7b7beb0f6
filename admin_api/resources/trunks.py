"""`/trunks`: the telephone providers of the settings as they are now, without anything secret."""

from typing import Annotated

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, reads
from admin_api.schemas.base import Instant, NoBody, NoQuery, Out


class Trunk(Out):
    """One provider."""

    name: str
    host: Annotated[str, Field(description="Name or address it is looked up by.")]
    kind: Annotated[str, Field(description="`static`, `digest` or `register`.")]
    priority: int
    sites: Annotated[
        tuple[str, ...],
        Field(description="Names of the sites that use it first; empty: every one."),
    ]
    servers: Annotated[
        tuple[str, ...],
        Field(description="Where it was located, by precedence; empty: calls skip it."),
    ]
    registered: Annotated[
        bool | None, Field(description="Whether it keeps our registration; null when none is made.")
    ]
    registered_until: Instant | None
    status: Annotated[
        int | None,
        Field(description="SIP status of the last answer to a REGISTER; null before the first."),
    ]
    incoming: Annotated[int, Field(description="Calls from it that ring or talk now.")]
    incoming_limit: Annotated[int, Field(description="How many there may be; 0: none come in.")]


class LandlineUse(Out):
    """What one site telephones."""

    site_id: int
    at_once: Annotated[int, Field(description="Landlines that ring or talk now.")]
    today: Annotated[int, Field(description="Landlines rung on this day of the site's time zone.")]


class Trunks(Out):
    """Every provider by name, and the sites that telephone today."""

    items: tuple[Trunk, ...]
    sites: tuple[LandlineUse, ...]


async def list_trunks(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """What the engine knows now."""
    view = request.services.trunks
    return Reply(
        Trunks(
            items=tuple(Trunk.model_validate(row) for row in view.trunks()),
            sites=tuple(LandlineUse.model_validate(row) for row in view.sites()),
        )
    )


OPERATIONS = (
    reads(
        "list_trunks",
        "/trunks",
        "Telephone providers and what is telephoned",
        list_trunks,
        query=NoQuery,
        out=Trunks,
    ),
)
