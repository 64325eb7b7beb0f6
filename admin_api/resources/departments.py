"""`/departments` and `/sites/{site_id}/departments`: departments of offices (F050-F053)."""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.crud import Crud, as_items, flat_operations, nested_operations
from admin_api.schemas.base import Body, FilterText, Id, Instant, Item, Page, PageQuery, left_out
from directory.service import departments


class Department(Item):
    """A department."""

    id: int
    site_id: int
    name: str
    floors: tuple[str, ...]
    number: Annotated[str | None, Field(description="Dialled to ring its people.")]
    created_at: Instant


class DepartmentPage(Page[Department]):
    """Departments within reach."""


class SiteDepartmentQuery(PageQuery):
    """Which departments of one site are wanted."""

    name: Annotated[FilterText | None, Field(description="Part of the name.")] = None
    sort: Literal["name", "-name", "created_at", "-created_at", "id", "-id"] = "name"


class DepartmentQuery(SiteDepartmentQuery):
    """Which departments are wanted."""

    site_id: Id | None = None


class SiteDepartmentCreate(Body):
    """A new department in the site of the path."""

    name: str
    floors: Annotated[list[str], Field(description="At most ten lift floors.")] = left_out()
    number: Annotated[str | None, Field(description="Dialled to ring its people.")] = left_out()


class DepartmentCreate(SiteDepartmentCreate):
    """A new department."""

    site_id: Id


class DepartmentEdit(Body):
    """Changes of a department; people keep the floors they have (F062)."""

    name: str = left_out()
    floors: list[str] = left_out()
    number: str | None = left_out()


DEPARTMENTS = Crud("department", "departments", departments, as_items(Department), DepartmentPage)

OPERATIONS = (
    *flat_operations(
        DEPARTMENTS,
        query=DepartmentQuery,
        create=DepartmentCreate,
        edit=DepartmentEdit,
        item=Department,
    ),
    *nested_operations(
        DEPARTMENTS,
        within="sites",
        query=SiteDepartmentQuery,
        create=SiteDepartmentCreate,
        item=Department,
    ),
)
