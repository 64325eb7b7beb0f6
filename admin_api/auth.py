"""Bearer tokens (RFC 6750 §2.1): from the Authorization header to a Scope.

The directory keeps only the SHA-256 of a token and looks it up by that hash, so the time of the
look-up says nothing about how much of a guessed token is right. Missing, malformed, unknown,
expired and revoked tokens, and those of switched-off operators, are refused in the same words.
"""

import re

from admin_api.errors import Unauthorized
from admin_api.services import Services
from directory.queries import operators
from directory.scope import Scope

_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/=-]{1,512})", re.IGNORECASE)


def bearer_token(header: str | None) -> str | None:
    """The token in an Authorization header; None when there is none."""
    found = _BEARER.fullmatch(header.strip()) if header is not None else None
    return found[1] if found else None


async def authenticate(services: Services, header: str | None) -> Scope:
    """The scope of the token in an Authorization header; Unauthorized without a valid one."""
    token = bearer_token(header)
    if token is None:
        raise Unauthorized
    scope = await operators.authenticate(services.directory.database, token, services.utc())
    if scope is None:
        raise Unauthorized
    return scope
