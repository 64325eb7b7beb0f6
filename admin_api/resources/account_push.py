"""`/accounts/{account_id}/push`: where the push that wakes an app goes (RFC 8599, G03).

The token comes in and is never shown again: only its last four characters, by which people tell
two of them apart.
"""

from typing import Annotated

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, deletes, reads, replaces
from admin_api.schemas.base import Body, Instant, Item, NoBody, NoQuery, Out, left_out
from directory.kinds import ApnsEnvironment, PushProvider
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


class AccountPush(Item):
    """How an app is woken."""

    account_id: int
    user: str
    target: Annotated[
        PushTarget | None, Field(description="What was told here; null when nothing was.")
    ]


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
        return Reply(_shown(account_id, account.user, target))


async def set_push(request: ApiRequest[NoQuery, PushTargetPut]) -> Reply:
    """Replace where pushes go; the former token gets none any more."""
    account_id = request.id("account_id")
    async with request.services.directory.unit(request.scope) as unit:
        given = request.given()
        target = await push_targets.put(unit, account_id, **given)  # type: ignore[arg-type]
        return Reply(_shown(account_id, target.user, target))


async def clear_push(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """Forget the token."""
    async with request.services.directory.unit(request.scope) as unit:
        await push_targets.remove(unit, request.id("account_id"))
        return Reply()


def _shown(account_id: int, user: str, target: PushTargetRow | None) -> AccountPush:
    shown = None if target is None else PushTarget.model_validate(target)
    return AccountPush(account_id=account_id, user=user, target=shown)


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
)
