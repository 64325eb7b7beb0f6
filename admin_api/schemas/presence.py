"""Reachability of accounts, as it is shown beside accounts and devices (F108, F169)."""

from typing import Annotated

from pydantic import Field

from admin_api.rows import OFFLINE
from admin_api.rows import Presence as PresenceRow
from admin_api.schemas.base import Instant, Out


class Presence(Out):
    """Whether an account is registered at this moment."""

    online: bool
    contacts: Annotated[int, Field(description="Live bindings.")]
    seen_at: Annotated[
        Instant | None, Field(description="Last refresh of the newest live binding.")
    ]


def presence_of(row: PresenceRow | None) -> Presence:
    """A row of the live view; an account it does not know is offline."""
    return Presence.model_validate(row or OFFLINE)
