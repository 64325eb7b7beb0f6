"""`/tokens` and `/users/{user_id}/tokens`: a token is shown once, when it is made."""

from typing import Annotated, Literal

from pydantic import Field

from admin_api.operation import ApiRequest, Reply, creates, deletes, reads
from admin_api.pagination import storable_cursor
from admin_api.schemas.base import (
    Body,
    Id,
    Instant,
    NoBody,
    NoQuery,
    Out,
    Page,
    PageQuery,
    left_out,
)
from directory.model import Token as TokenRow
from directory.service import tokens


class Token(Out):
    """A token without its text, which is not stored."""

    id: int
    user_id: int
    label: str
    created_at: Instant
    expires_at: Instant | None
    revoked_at: Instant | None


class NewToken(Token):
    """A token with its text, shown this once."""

    token: str


class TokenPage(Page[Token]):
    """Tokens of one user, revoked ones too."""


class UserTokenQuery(PageQuery):
    """Which tokens of the user of the path are wanted."""

    sort: Literal["id", "-id", "created_at", "-created_at"] = "id"


class TokenQuery(UserTokenQuery):
    """Whose tokens are wanted."""

    user_id: Id


class TokenCreate(Body):
    """A new token."""

    label: str = left_out()
    lifetime: Annotated[float | None, Field(description="Seconds; null: does not expire.")] = (
        left_out()
    )


async def list_tokens(request: ApiRequest[TokenQuery, NoBody]) -> Reply:
    """Tokens of the user that the query names."""
    return await _page(request, request.query.user_id, request.query)


async def list_user_tokens(request: ApiRequest[UserTokenQuery, NoBody]) -> Reply:
    """Tokens of the user of the path."""
    return await _page(request, request.id("user_id"), request.query)


async def create_token(request: ApiRequest[NoQuery, TokenCreate]) -> Reply:
    """Give a user a token; the answer is the only place that shows it."""
    body = request.body
    async with request.services.directory.unit(request.scope) as unit:
        issued = await tokens.create(
            unit,
            operator_id=request.id("user_id"),
            label=body.label or "",
            lifetime=body.lifetime,
        )
        shown = NewToken(**dict(_token(issued.row)), token=issued.secret.reveal())
        return Reply(shown, location=f"/tokens/{issued.row.id}")


async def get_token(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """One token."""
    async with request.services.directory.reading(request.scope) as unit:
        return Reply(_token(await tokens.get(unit, request.id("token_id"))))


async def revoke_token(request: ApiRequest[NoQuery, NoBody]) -> Reply:
    """Refuse a token from now on."""
    async with request.services.directory.unit(request.scope) as unit:
        await tokens.revoke(unit, request.id("token_id"))
        return Reply()


async def _page(
    request: ApiRequest[TokenQuery, NoBody] | ApiRequest[UserTokenQuery, NoBody],
    user_id: int,
    query: UserTokenQuery,
) -> Reply:
    async with request.services.directory.reading(request.scope) as unit:
        page = await tokens.list(
            unit,
            operator_id=user_id,
            sort=query.sort,
            limit=query.limit,
            cursor=storable_cursor(query.cursor),
        )
        items = tuple(_token(row) for row in page.items)
    return Reply(TokenPage(items=items, next_cursor=page.next_cursor))


def _token(row: TokenRow) -> Token:
    return Token(
        id=row.id,
        user_id=row.operator_id,
        label=row.label,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
    )


OPERATIONS = (
    reads(
        "list_tokens",
        "/tokens",
        "The tokens of one user",
        list_tokens,
        query=TokenQuery,
        out=TokenPage,
    ),
    reads("get_token", "/tokens/{token_id}", "One token", get_token, query=NoQuery, out=Token),
    deletes("revoke_token", "/tokens/{token_id}", "Refuse a token from now on", revoke_token),
    reads(
        "list_user_tokens",
        "/users/{user_id}/tokens",
        "The tokens of the user of the path",
        list_user_tokens,
        query=UserTokenQuery,
        out=TokenPage,
    ),
    creates(
        "create_token",
        "/users/{user_id}/tokens",
        "Give a user a token; shows it once",
        create_token,
        body=TokenCreate,
        out=NewToken,
    ),
)
