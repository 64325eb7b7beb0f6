"""`/accounts/{account_id}/push`, `/sites/{site_id}/wakes`: the pushes that wake apps (G03).

The token comes in and is never shown again: only its last four characters, by which people tell
two of them apart.
"""

from typing import Annotated, ClassVar

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, deletes, reads, replaces
from admin_api.pagination import storable_cursor
from admin_api.schemas.base import (
    Body,
    Instant,
    Item,
    NoBody,
    NoQuery,
    Out,
    Page,
    PageQuery,
    left_out,
)
from admin_api.services import Services
from directory.kinds import AccountKind, ApnsEnvironment, PushProvider
from directory.model import Account
from directory.model import PushTarget as PushTargetRow
from directory.service import accounts, push_targets

_PATH = "/accounts/{account_id}/push"


class PushTarget(Out):
    """Where pushes go, without the token."""

    provider: PushProvider
    hint: Annotated[
        str, Field(description="Last four characters of the token; empty for a short one.")
    ]
    topic: Annotated[str, Field(description="APNs: the app's bundle id; else empty.")]
    environment: ApnsEnvironment
    set_at: Annotated[Instant, Field(description="When the token was told.")]
    dead_at: Annotated[
        Instant | None,
        Field(
            description="When the provider said that the token means nothing any more. Nothing is "
            "sent to it then; a new token ends that."
        ),
    ]


class _Wakes(Out):
    """What is told of an app and of each of its phones."""

    last_push_at: Instant | None
    last_event: Annotated[str | None, Field(description="`wake`, `test` or `refresh`.")]
    last_outcome: Annotated[
        str | None,
        Field(
            description="`sent`, `dead`, `refused`, `unreachable`, `withdrawn` or `full`; null "
            "while the provider has not answered."
        ),
    ]
    last_detail: Annotated[str, Field(description="The provider's own words.")]
    last_wake_at: Annotated[
        Instant | None, Field(description="When it last registered after a push.")
    ]
    last_latency: Annotated[float | None, Field(description="Seconds from push to REGISTER.")]
    latency_median: Annotated[float | None, Field(description="Of the last 50, seconds.")]
    latency_p95: Annotated[float | None, Field(description="Of the last 50, seconds.")]
    wakes: Annotated[int, Field(description="Pushes after which it registered in time.")]
    silences: Annotated[int, Field(description="Pushes after which it did not.")]


class DeviceWakes(_Wakes):
    """How well one phone of an app wakes."""

    device: Annotated[
        str, Field(description="What stands for its token, as long as the server runs.")
    ]
    provider: Annotated[str, Field(description="Who carries its pushes.")]


class WakeHealth(_Wakes):
    """How well the app wakes, as far as the server remembers since it started."""

    can_wake: Annotated[
        bool,
        Field(
            description="Whether there is a token that is not dead, told here or by the app's "
            "registration, and a provider in the settings that carries pushes to it."
        ),
    ]
    devices: Annotated[
        tuple[DeviceWakes, ...],
        Field(description="Each phone that was pushed, the one that was pushed last at the end."),
    ]


class AccountPush(Item):
    """How an app is woken."""

    volatile: ClassVar[frozenset[str]] = frozenset({"health"})

    account_id: int
    user: str
    display: str
    health: WakeHealth
    target: Annotated[
        PushTarget | None, Field(description="What was told here; null when nothing was.")
    ]


class AccountPushPage(Page[AccountPush]):
    """The apps of a site in the order of their users."""


class PushTargetPut(Body):
    """Where pushes for the account go from now on."""

    provider: PushProvider
    token: Annotated[
        str,
        Field(
            description="FCM: the registration token; APNs: the device token in hexadecimal; "
            "webhook: whatever tells your server which app is meant. Stored sealed, never shown."
        ),
    ]
    topic: Annotated[
        str,
        Field(
            description="APNs only: the bundle id; with `.voip` behind it for tokens of PushKit."
        ),
    ] = left_out()
    environment: Annotated[
        ApnsEnvironment, Field(description="APNs only: `sandbox` for apps under development.")
    ] = left_out()


async def get_push(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """How the app is woken."""
    account_id = request.id("account_id")
    async with request.services.directory.reading(request.scope) as unit:
        account = await accounts.get(unit, account_id)
        target = await push_targets.get(unit, account_id)
        return Reply(_shown(request.services, account, target))


async def set_push(request: ApiRequest[NoQuery, PushTargetPut]) -> Reply:
    """Replace where pushes go; the former token gets none any more."""
    account_id = request.id("account_id")
    async with request.services.directory.unit(request.scope) as unit:
        given = request.given()
        target = await push_targets.put(unit, account_id, **given)  # type: ignore[arg-type]
        account = await accounts.get(unit, account_id)
        return Reply(_shown(request.services, account, target))


async def clear_push(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """Forget the token."""
    async with request.services.directory.unit(request.scope) as unit:
        await push_targets.remove(unit, request.id("account_id"))
        return Reply()


async def list_wakes(request: ApiRequest[PageQuery, NoBody]) -> Reply:
    """Every app of the site with what is known of waking it."""
    query = request.query
    async with request.services.directory.reading(request.scope) as unit:
        page = await accounts.list(
            unit,
            site_id=request.id("site_id"),
            kind=AccountKind.APP,
            limit=query.limit,
            cursor=storable_cursor(query.cursor),
        )
        targets = await push_targets.of_accounts(unit, [row.id for row in page.items])
        items = [_shown(request.services, row, targets.get(row.id)) for row in page.items]
    return Reply(AccountPushPage(items=tuple(items), next_cursor=page.next_cursor))


def _shown(services: Services, account: Account, target: PushTargetRow | None) -> AccountPush:
    health = WakeHealth.model_validate(services.wakes.wake_health(account.user))
    return AccountPush(
        account_id=account.id,
        user=account.user,
        display=account.display,
        health=health,
        target=None if target is None else PushTarget.model_validate(target),
    )


OPERATIONS = (
    reads(
        "get_account_push", _PATH, "How an app is woken", get_push, query=NoQuery, out=AccountPush
    ),
    replaces(
        "set_account_push",
        _PATH,
        "Tell where pushes for an app go; the token is never shown again",
        set_push,
        body=PushTargetPut,
        out=AccountPush,
    ),
    deletes("clear_account_push", _PATH, "Send no pushes for an app any more", clear_push),
    reads(
        "list_wakes",
        "/sites/{site_id}/wakes",
        "How well the apps of a site wake",
        list_wakes,
        query=PageQuery,
        out=AccountPushPage,
    ),
)
