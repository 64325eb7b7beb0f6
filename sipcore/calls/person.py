"""Calls to a person by external id: the person's own call type decides (F077, F089).

With the plain type `app_and_indoor` and guards where that type has them by default, that rings the
person's apps, monitors and the guard phones at the same time, as pressing a name should.
"""

from sipcore.b2bua.plan import Refusal
from sipcore.calls.inquiry import Dialling, Meant
from sipcore.calls.owner import meant_owner, ring_owner


def person(dialling: Dialling) -> Meant | Refusal | None:
    """The person of the site with that external id; None when nobody has it."""
    owner = dialling.site.people.get(dialling.dialled)
    return None if owner is None else meant_owner(dialling, owner, ring_owner)
