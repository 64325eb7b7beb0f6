"""API tokens of operators: 256 random bits, shown once, stored as SHA-256, revocable."""

import hashlib
from dataclasses import dataclass

from sqlalchemy import select

from directory import fields, rules
from directory.errors import Conflict
from directory.model import Operator, Token
from directory.secrets import Secret
from directory.service import operators
from directory.service.paging import Page, page
from directory.unit import Unit

PREFIX = "dl_"
"""Start of every token, so that one in a file or a log can be recognised for what it is."""
LONGEST = 10 * 366 * 86400.0
"""Longest lifetime, seconds."""
SORTABLE = {"created_at": Token.created_at, "id": Token.id}


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A new token: the row, and the text that is shown this one time."""

    row: Token
    secret: Secret


async def create(
    unit: Unit, *, operator_id: int, label: str = "", lifetime: float | None = None
) -> IssuedToken:
    """Give an operator a token; `lifetime` in seconds, None for one that does not expire."""
    operator = await _operator(unit, operator_id, "create_token")
    values = fields.clean(
        {"label": fields.text(64), "lifetime": fields.optional(fields.seconds(1, LONGEST))},
        {"label": label, "lifetime": lifetime},
    )
    plain = PREFIX + unit.entropy.token()
    row = Token(
        operator_id=operator.id,
        token_hash=digest(plain),
        label=values["label"],
        expires_at=None if values["lifetime"] is None else unit.now + values["lifetime"],
        revoked_at=None,
    )
    return IssuedToken(await unit.create(row), Secret(plain))


async def get(unit: Unit, token_id: int) -> Token:
    """The token's row, or NotFound."""
    row = await unit.find(Token, token_id)
    await operators.get(unit, row.operator_id)
    return row


async def list(  # noqa: A001 - services share one set of verbs
    unit: Unit,
    *,
    operator_id: int,
    sort: str = "id",
    limit: int = 100,
    cursor: str | None = None,
) -> Page[Token]:
    """Tokens of an operator, revoked ones too."""
    await operators.get(unit, operator_id)
    query = select(Token).where(Token.operator_id == operator_id)
    return await page(unit, query, Token, sortable=SORTABLE, sort=sort, limit=limit, cursor=cursor)


async def revoke(unit: Unit, token_id: int) -> Token:
    """Refuse a token from now on; Conflict when it is revoked already."""
    row = await unit.find(Token, token_id)
    await _operator(unit, row.operator_id, "revoke_token")
    if row.revoked_at is not None:
        raise Conflict("revoked_at", "the token is revoked already")
    await unit.update(row, {"revoked_at": unit.now}, "revoke")
    return row


def digest(plain: str) -> str:
    """What is stored of a token; plain SHA-256 is enough for 256 random bits."""
    return hashlib.sha256(plain.encode()).hexdigest()


async def _operator(unit: Unit, operator_id: int, right: str) -> Operator:
    """The operator, if this scope may handle his tokens; everybody may handle his own."""
    if operator_id == unit.scope.operator_id:
        return await unit.find(Operator, operator_id)
    operator = await operators.get(unit, operator_id)
    unit.require(rules.may_keep_operators(unit.scope, operator.role), right)
    return operator
