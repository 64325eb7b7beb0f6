"""Who a bearer token stands for: the one query that runs before there is a Scope."""

import hashlib

from sqlalchemy import or_, select

from directory.database import Database
from directory.kinds import Role
from directory.model import Operator, OperatorSite, Token
from directory.scope import Scope

LONGEST_TOKEN = 200
"""Characters of a token worth hashing; ours have 46."""


async def authenticate(database: Database, token: str, now: float) -> Scope | None:
    """The scope of a live token; None for an unknown, expired or revoked one, or a switched-off
    operator. `now` is UTC seconds."""
    if not token or len(token) > LONGEST_TOKEN:
        return None
    digest = hashlib.sha256(token.encode()).hexdigest()
    query = (
        select(Operator.id, Operator.name, Operator.role)
        .join(Token, Token.operator_id == Operator.id)
        .where(
            Token.token_hash == digest,
            Token.revoked_at.is_(None),
            or_(Token.expires_at.is_(None), Token.expires_at > now),
            Operator.active,
        )
    )
    async with database.connect() as connection:
        found = (await connection.execute(query)).one_or_none()
        if found is None:
            return None
        operator_id, name, role = found
        if role is Role.ROOT:
            return Scope(name, role, None, operator_id)
        assigned = select(OperatorSite.site_id).where(OperatorSite.operator_id == operator_id)
        sites = frozenset((await connection.execute(assigned)).scalars())
    return Scope(name, role, sites, operator_id)
