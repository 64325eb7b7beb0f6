"""`/sites/{site_id}/chains`, `/chains/{chain_id}`: call types that operators make (F077, F084)."""

from typing import Annotated, Any, Literal

from pydantic import Field

from admin_api.crud import Crud, as_items, flat_operations, nested_operations
from admin_api.schemas.base import (
    Body,
    FilterText,
    Id,
    Instant,
    Item,
    Out,
    Page,
    PageQuery,
    left_out,
)
from directory.kinds import ChainGuards
from directory.service import chains


class ChainMember(Out):
    """Who rings in a stage."""

    kind: str
    id: int | None = None
    delay: float | None = None


class ChainStage(Out):
    """Members that ring together."""

    members: tuple[ChainMember, ...]
    ring_time: float | None = None


class Chain(Item):
    """A call type of a site."""

    id: int
    site_id: int
    name: str
    stages: tuple[ChainStage, ...]
    guards: ChainGuards
    created_at: Instant


class ChainPage(Page[Chain]):
    """Chains within reach."""


class SiteChainQuery(PageQuery):
    """Which chains of one site are wanted."""

    name: Annotated[FilterText | None, Field(description="Part of the name.")] = None
    sort: Literal["name", "-name", "created_at", "-created_at", "id", "-id"] = "name"


class ChainQuery(SiteChainQuery):
    """Which chains are wanted."""

    site_id: Id | None = None


StagesField = Annotated[
    list[Any],
    Field(
        description="One to six stages in order: `{members, ring_time}`. A member is "
        "`{kind, delay, id}` with a kind of `app`, `indoor`, `guard`, `landline` (those of whoever "
        "is called), or `person` or `account` with the id of one; `delay` is seconds into the "
        "stage. `ring_time` is 1-300 s; left out, the settings of site and apartment say.",
        examples=[
            [
                {"members": [{"kind": "indoor"}, {"kind": "app", "delay": 5}], "ring_time": 20},
                {"members": [{"kind": "landline"}]},
            ]
        ],
    ),
]
GuardsField = Annotated[
    ChainGuards,
    Field(
        description="`site`: guard phones ring where the site's or apartment's guard_stage wants "
        "them; `listed`: only where the chain names them."
    ),
]


class SiteChainCreate(Body):
    """A new chain in the site of the path."""

    name: Annotated[str, Field(description="What call_type fields write: a-z 0-9 _ -, at most 32.")]
    stages: StagesField
    guards: GuardsField = left_out()


class ChainCreate(SiteChainCreate):
    """A new chain."""

    site_id: Id


class ChainEdit(Body):
    """Changes of a chain; stages are replaced as a whole, the name only while nobody uses it."""

    name: str = left_out()
    stages: StagesField = left_out()
    guards: GuardsField = left_out()


CHAINS: Crud = Crud("chain", "chains", chains, as_items(Chain), ChainPage)

OPERATIONS = (
    *flat_operations(CHAINS, query=ChainQuery, create=ChainCreate, edit=ChainEdit, item=Chain),
    *nested_operations(
        CHAINS, within="sites", query=SiteChainQuery, create=SiteChainCreate, item=Chain
    ),
)
