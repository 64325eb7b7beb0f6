"""`/buildings` and `/sites/{site_id}/buildings`: buildings of communities (F032, F150)."""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.crud import Crud, as_items, flat_operations, nested_operations
from admin_api.schemas.base import Body, FilterText, Id, Instant, Item, Page, PageQuery, left_out
from directory.service import buildings


class Building(Item):
    """A building."""

    id: int
    site_id: int
    name: str
    created_at: Instant


class BuildingPage(Page[Building]):
    """Buildings within reach."""


class SiteBuildingQuery(PageQuery):
    """Which buildings of one site are wanted."""

    name: Annotated[FilterText | None, Field(description="Part of the name.")] = None
    sort: Literal["name", "-name", "created_at", "-created_at", "id", "-id"] = "name"


class BuildingQuery(SiteBuildingQuery):
    """Which buildings are wanted."""

    site_id: Id | None = None


class SiteBuildingCreate(Body):
    """A new building in the site of the path."""

    name: str


class BuildingCreate(SiteBuildingCreate):
    """A new building."""

    site_id: Id


class BuildingEdit(Body):
    """Changes of a building."""

    name: str = left_out()


BUILDINGS = Crud("building", "buildings", buildings, as_items(Building), BuildingPage)

OPERATIONS = (
    *flat_operations(
        BUILDINGS, query=BuildingQuery, create=BuildingCreate, edit=BuildingEdit, item=Building
    ),
    *nested_operations(
        BUILDINGS,
        within="sites",
        query=SiteBuildingQuery,
        create=SiteBuildingCreate,
        item=Building,
    ),
)
