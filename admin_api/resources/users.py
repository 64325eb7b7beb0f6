"""`/users` and `/tokens`: operators, the sites they are assigned to, and their tokens (F013)."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from admin_api.crud import Crud, flat_operations
from admin_api.operation import ApiRequest, Reply, edits
from admin_api.schemas.base import (
    Body,
    FilterText,
    Id,
    Instant,
    Item,
    NoQuery,
    Page,
    PageQuery,
    left_out,
)
from admin_api.services import Services
from directory.kinds import Role
from directory.model import Operator
from directory.service import operators
from directory.unit import Unit


class User(Item):
    """An operator."""

    id: int
    name: str
    role: Role
    active: bool
    site_ids: Annotated[tuple[int, ...], Field(description="Assigned sites; root sees all.")]
    created_at: Instant


class UserPage(Page[User]):
    """Operators within reach: all for root, an installer's own property managers."""


class UserQuery(PageQuery):
    """Which operators are wanted."""

    role: Role | None = None
    name: Annotated[FilterText | None, Field(description="Part of the name.")] = None
    sort: Literal["name", "-name", "created_at", "-created_at", "id", "-id"] = "name"


class UserCreate(Body):
    """A new operator; a token is made for it afterwards."""

    name: str
    role: Role
    site_ids: Annotated[list[Id], Field(max_length=10_000)] = left_out()
    active: bool = left_out()


class UserEdit(Body):
    """Changes of an operator; `site_ids` replaces the assigned sites."""

    name: str = left_out()
    active: bool = left_out()
    site_ids: Annotated[list[Id], Field(max_length=10_000)] = left_out()


async def show(_services: Services, unit: Unit, rows: Sequence[Operator]) -> Sequence[Item]:
    """Operators with those of their sites that the asker sees as well."""
    sites = await operators.assignments(unit, [row.id for row in rows])
    return [
        User(
            id=row.id,
            name=row.name,
            role=row.role,
            active=row.active,
            site_ids=sites.get(row.id, ()),
            created_at=row.created_at,
        )
        for row in rows
    ]


USERS = Crud("user", "users", operators, show, UserPage)


async def edit_user(request: ApiRequest[NoQuery, UserEdit]) -> Reply:
    """Change name, switch or sites in one go."""
    user_id = request.id("user_id")
    changes = request.given()
    sites = changes.pop("site_ids", None)
    async with request.services.directory.unit(request.scope) as unit:
        await USERS.check_match(request, unit, user_id)
        row = await operators.update(unit, user_id, changes)
        if sites is not None:
            await operators.assign(unit, user_id, request.body.site_ids)
        return Reply(await USERS.item(request.services, unit, row))


OPERATIONS = (
    *flat_operations(USERS, query=UserQuery, create=UserCreate, item=User),
    edits("edit_user", "/users/{user_id}", "Change a user", edit_user, body=UserEdit, out=User),
)
