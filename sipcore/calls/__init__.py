"""Call types: whom a dialled number means, and how a call rings them.

Each call type is a function in a file of its own: it answers a number that is its business with
those who are meant (`Meant`) or a refusal, and None otherwise. `CALL_TYPES` holds them in order;
the first answer counts, for calls and for messages. Adding a call type means adding a file and a
line here.
"""

from sipcore.calls.apartment import apartment
from sipcore.calls.department import department
from sipcore.calls.direct import direct
from sipcore.calls.emergency import emergency
from sipcore.calls.guard import guard
from sipcore.calls.inquiry import CallRule
from sipcore.calls.monitor import monitor
from sipcore.calls.owner_group import owner_group
from sipcore.calls.person import person

CALL_TYPES: tuple[CallRule, ...] = (
    emergency,
    guard,
    owner_group,
    apartment,
    direct,
    monitor,
    person,
    department,
)
"""The registry; a number that nobody claims is unknown."""

__all__ = ["CALL_TYPES"]
