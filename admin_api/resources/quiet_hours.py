"""`/apartments/{id}/quiet-hours`, `/people/…`, `/accounts/…`: who is not rung, and when (G09)."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from pydantic import Field

from admin_api.etag import etag_of, require_match
from admin_api.operation import AnyOperation, ApiRequest, Reply, edits, reads
from admin_api.schemas.base import Body, Instant, Item, Moment, NoBody, NoQuery, Out, left_out
from directory.kinds import QuietAction
from directory.model import Account, Apartment, Person
from directory.model import QuietHours as QuietHoursRow
from directory.quiet_windows import MOST
from directory.service import quiet_hours
from directory.service.quiet_hours import Owner
from directory.unit import Unit

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

_START = Field(description="`HH:MM` on the site's clocks.")
_END = Field(description="`HH:MM`, at most 24:00; at or before `start` it is on the next day.")


class Window(Out):
    """Hours that are quiet each week."""

    days: Annotated[tuple[Day, ...], Field(description="Days on which it begins.")]
    start: Annotated[str, _START]
    end: Annotated[str, _END]


class QuietHours(Item):
    """When an apartment, a person or a phone is not rung."""

    site_id: int
    windows: tuple[Window, ...]
    action: Annotated[
        QuietAction,
        Field(
            description="`skip`: monitors and apps stay silent, what else the call type rings does "
            "ring. `guard`: visits go straight to the guard phones."
        ),
    ]
    do_not_disturb: bool
    do_not_disturb_until: Annotated[
        Instant | None, Field(description="When it ends; null: when it is switched off.")
    ]


class WindowBody(Body):
    """Hours that are to be quiet each week."""

    days: Annotated[list[str], Field(description="Days on which it begins: `mon` to `sun`.")]
    start: Annotated[str, _START]
    end: Annotated[str, _END]


class QuietHoursEdit(Body):
    """Changes of quiet hours; windows are replaced as a whole."""

    windows: Annotated[list[WindowBody], Field(description=f"At most {MOST}.")] = left_out()
    action: QuietAction = left_out()
    do_not_disturb: bool = left_out()
    do_not_disturb_until: Annotated[
        Moment | None, Field(description="When do-not-disturb ends by itself; null for never.")
    ] = left_out()


def _shown(row: QuietHoursRow) -> QuietHours:
    return QuietHours(
        site_id=row.site_id,
        windows=tuple(Window(**window) for window in row.windows),
        action=row.action,
        do_not_disturb=row.do_not_disturb,
        do_not_disturb_until=row.do_not_disturb_until,
    )


def _given(request: ApiRequest[NoQuery, QuietHoursEdit]) -> dict[str, object]:
    """What was sent, as the directory takes it."""
    changes = request.given()
    if "windows" in changes:
        changes["windows"] = [window.model_dump() for window in request.body.windows]
    return changes


def _getter(model: type[Owner]) -> Callable[[ApiRequest[NoQuery, NoBody]], Awaitable[Reply]]:
    async def get_quiet_hours(request: ApiRequest[NoQuery, NoBody]) -> Reply:
        """What is set, or that nothing is."""
        async with request.services.directory.reading(request.scope) as unit:
            return Reply(await _item(unit, model, request.id(f"{model.word}_id")))

    return get_quiet_hours


def _editor(
    model: type[Owner],
) -> Callable[[ApiRequest[NoQuery, QuietHoursEdit]], Awaitable[Reply]]:
    async def edit_quiet_hours(request: ApiRequest[NoQuery, QuietHoursEdit]) -> Reply:
        """Change what was sent, if If-Match allows."""
        owner_id = request.id(f"{model.word}_id")
        async with request.services.directory.unit(request.scope) as unit:
            if request.if_match is not None:
                require_match(request.if_match, etag_of(await _item(unit, model, owner_id)))
            row = await quiet_hours.update(unit, model, owner_id, _given(request))
            return Reply(_shown(row))

    return edit_quiet_hours


async def _item(unit: Unit, model: type[Owner], owner_id: int) -> QuietHours:
    return _shown(await quiet_hours.get(unit, model, owner_id))


def _operations(model: type[Owner], plural: str) -> tuple[AnyOperation, ...]:
    word = model.word
    path = f"/{plural}/{{{word}_id}}/quiet-hours"
    name = f"{word}_quiet_hours"
    article = "a" if word == "person" else "an"
    return (
        reads(
            f"get_{name}",
            path,
            f"Quiet hours and do-not-disturb of {article} {word}",
            _getter(model),
            query=NoQuery,
            out=QuietHours,
        ),
        edits(
            f"edit_{name}",
            path,
            f"Change quiet hours and do-not-disturb of {article} {word}",
            _editor(model),
            body=QuietHoursEdit,
            out=QuietHours,
        ),
    )


OPERATIONS = (
    *_operations(Apartment, "apartments"),
    *_operations(Person, "people"),
    *_operations(Account, "accounts"),
)
