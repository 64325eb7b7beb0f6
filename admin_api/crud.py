"""List, create, read, edit and delete for resources whose directory service has these verbs.

The services of the directory share one shape (`create`, `get`, `list`, `update`, `delete`, each
taking a unit first), and the models here name their fields as the services name theirs. So one
class serves every such resource, and what remains in a resource's file is what it looks like.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from admin_api.etag import etag_of, require_match
from admin_api.operation import AnyOperation, ApiRequest, Reply, creates, deletes, edits, reads
from admin_api.pagination import storable_cursor
from admin_api.schemas.base import Body, Item, NoBody, NoQuery, Out, Page, PageQuery
from admin_api.services import Services
from directory.unit import Unit

Show = Callable[[Services, Unit, Sequence[Any]], Awaitable[Sequence[Item]]]
"""Turns rows into what the API shows; takes a whole page so that it can ask for them at once."""

AnyRequest = ApiRequest[Any, Any]


def as_items(model: type[Item]) -> Show:
    """For rows whose columns are the item's fields."""

    async def show(_services: Services, _unit: Unit, rows: Sequence[Any]) -> Sequence[Item]:
        return [model.model_validate(row) for row in rows]

    return show


@dataclass(frozen=True, slots=True)
class Crud:
    """The five verbs of one resource."""

    word: str
    """Singular: the path parameter is `{word}_id`."""
    plural: str
    """Name in paths."""
    service: ModuleType
    show: Show
    page: type[Page[Any]]
    parent: str = "site_id"
    """Field that names what a row exists in, for the nested forms."""

    async def list(self, request: ApiRequest[PageQuery, NoBody]) -> Reply:
        """A page of what the scope holds and the filters leave."""
        return await self._page(request, {})

    async def list_nested(self, request: ApiRequest[PageQuery, NoBody]) -> Reply:
        """A page of what exists in the parent named by the path."""
        return await self._page(request, {self.parent: request.id(self.parent)})

    async def create(self, request: AnyRequest) -> Reply:
        """Make one; the body names the parent."""
        return await self._create(request, {})

    async def create_nested(self, request: AnyRequest) -> Reply:
        """Make one in the parent named by the path."""
        return await self._create(request, {self.parent: request.id(self.parent)})

    async def get(self, request: ApiRequest[NoQuery, NoBody]) -> Reply:
        """One by its id."""
        directory = request.services.directory
        async with directory.reading(request.scope) as unit:
            row = await self.service.get(unit, request.id(f"{self.word}_id"))
            return Reply(await self.item(request.services, unit, row))

    async def edit(self, request: AnyRequest) -> Reply:
        """Change the fields that were sent, if If-Match allows."""
        row_id = request.id(f"{self.word}_id")
        async with request.services.directory.unit(request.scope) as unit:
            await self.check_match(request, unit, row_id)
            row = await self.service.update(unit, row_id, request.given())
            return Reply(await self.item(request.services, unit, row))

    async def delete(self, request: ApiRequest[NoQuery, NoBody]) -> Reply:
        """Delete one, if If-Match allows."""
        row_id = request.id(f"{self.word}_id")
        async with request.services.directory.unit(request.scope) as unit:
            await self.check_match(request, unit, row_id)
            await self.service.delete(unit, row_id)
            return Reply()

    async def item(self, services: Services, unit: Unit, row: Any) -> Item:
        """One row as the API shows it."""
        (item,) = await self.show(services, unit, (row,))
        return item

    async def check_match(self, request: AnyRequest, unit: Unit, row_id: int) -> None:
        """Refuse an edit of a row that is no longer what the client read (If-Match)."""
        if request.if_match is None:
            return
        row = await self.service.get(unit, row_id)
        require_match(request.if_match, etag_of(await self.item(request.services, unit, row)))

    async def _page(
        self, request: ApiRequest[PageQuery, NoBody], parent: Mapping[str, object]
    ) -> Reply:
        query = request.query
        filters = query.model_dump(exclude={"limit", "cursor"}, exclude_none=True)
        async with request.services.directory.reading(request.scope) as unit:
            page = await self.service.list(
                unit,
                **filters,
                **parent,
                limit=query.limit,
                cursor=storable_cursor(query.cursor),
            )
            items = await self.show(request.services, unit, page.items)
        return Reply(self.page(items=tuple(items), next_cursor=page.next_cursor))

    async def _create(self, request: AnyRequest, parent: Mapping[str, object]) -> Reply:
        async with request.services.directory.unit(request.scope) as unit:
            row = await self.service.create(unit, **request.given(), **parent)
            out: Out = await self.item(request.services, unit, row)
            return Reply(out, location=f"/{self.plural}/{row.id}")


def flat_operations(
    crud: Crud,
    *,
    query: type[PageQuery],
    create: type[Body],
    item: type[Item],
    edit: type[Body] | None = None,
) -> tuple[AnyOperation, ...]:
    """`/buildings` and `/buildings/{building_id}`; without `edit` there is no PATCH."""
    many, one = f"/{crud.plural}", f"/{crud.plural}/{{{crud.word}_id}}"
    name = crud.plural.replace("-", "_")
    operations: list[AnyOperation] = [
        reads(f"list_{name}", many, f"All {crud.plural}", crud.list, query=query, out=crud.page),
        creates(
            f"create_{crud.word}",
            many,
            f"Make a new {crud.word}",
            crud.create,
            body=create,
            out=item,
        ),
        reads(f"get_{crud.word}", one, f"One {crud.word}", crud.get, query=NoQuery, out=item),
        deletes(f"delete_{crud.word}", one, f"Delete {_one(crud.word)}", crud.delete),
    ]
    if edit is not None:
        change = edits(
            f"edit_{crud.word}", one, f"Change {_one(crud.word)}", crud.edit, body=edit, out=item
        )
        operations.insert(3, change)
    return tuple(operations)


def nested_operations(
    crud: Crud, *, within: str, query: type[PageQuery], create: type[Body], item: type[Item]
) -> tuple[AnyOperation, ...]:
    """`/sites/{site_id}/buildings`; `within` is the parent's plural."""
    path = f"/{within}/{{{crud.parent}}}/{crud.plural}"
    parent = crud.parent.removesuffix("_id")
    name = crud.plural.replace("-", "_")
    return (
        reads(
            f"list_{parent}_{name}",
            path,
            f"The {crud.plural} of one {parent}",
            crud.list_nested,
            query=query,
            out=crud.page,
        ),
        creates(
            f"create_{parent}_{crud.word}",
            path,
            f"Make a new {crud.word} in {_one(parent)}",
            crud.create_nested,
            body=create,
            out=item,
        ),
    )


def _one(word: str) -> str:
    """`an account`, `a device`."""
    return f"an {word}" if word[0] in "aeio" else f"a {word}"
