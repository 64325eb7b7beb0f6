"""Whether an apartment, person or account may be called at this moment (F169).

    status        response   reason
    blocked       403        blocked          trying again is of no use
    expired       480        account_expired  it may be renewed
    inactivated   480        inactive         it may be activated

One that has several gets the first of them.
"""

from directory.account_status import has_expired
from directory.queries.dial import DialOwner

BLOCKED = "blocked"
ACCOUNT_EXPIRED = "account_expired"
INACTIVE = "inactive"
"""The apartment or person exists, but has not been activated."""


def closed(owner: DialOwner, at: float) -> tuple[int, str] | None:
    """SIP status and reason for whoever calls the owner at that moment; None when it is open."""
    if owner.blocked:
        return 403, BLOCKED
    if has_expired(owner.expires_at, at):
        return 480, ACCOUNT_EXPIRED
    return None if owner.active else (480, INACTIVE)
