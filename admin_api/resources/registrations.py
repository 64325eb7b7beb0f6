"""`/registrations`: who can be reached at this moment, straight from the registrar's memory."""

from typing import Annotated

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, reads
from admin_api.pagination import page_of, text_key
from admin_api.rows import RegistrationQuery, RegistrationRow
from admin_api.schemas.base import FilterText, Id, NoBody, Page, PageQuery
from admin_api.schemas.records import Registration
from directory.kinds import AccountKind

_SORT = "user"


class RegistrationFilter(PageQuery):
    """Which bindings are wanted."""

    site_id: Id | None = None
    user: Annotated[FilterText | None, Field(description="Account user, whole.")] = None
    kind: AccountKind | None = None


class RegistrationPage(Page[Registration]):
    """Live bindings in the order of user and contact."""


async def list_registrations(request: ApiRequest[RegistrationFilter, NoBody]) -> Reply:
    """Live bindings of the scope; an account with several contacts has several rows."""
    query = request.query
    rows = request.services.live.registrations(
        RegistrationQuery(
            site_ids=request.scope.site_ids,
            limit=query.limit + 1,
            after=text_key(query.cursor, _SORT),
            site_id=query.site_id,
            user=query.user,
            kind=query.kind,
        )
    )
    shown, cursor = page_of(rows, query.limit, _SORT, lambda row: (row.user, row.contact))
    items = tuple(_registration(row) for row in shown)
    return Reply(RegistrationPage(items=items, next_cursor=cursor))


def _registration(row: RegistrationRow) -> Registration:
    return Registration.model_validate(row)


OPERATIONS = (
    reads(
        "list_registrations",
        "/registrations",
        "Live registrations",
        list_registrations,
        query=RegistrationFilter,
        out=RegistrationPage,
    ),
)
