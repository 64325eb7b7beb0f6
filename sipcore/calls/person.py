"""Calls to a person by external id: the person's own call type decides (F077, F089).

With the plain type `app_and_indoor` and guards where X02 puts them by default, that rings the
person's apps, monitors and the guard phones at the same time, as pressing a name should.
"""

from sipcore.calls.inquiry import Answer, Inquiry
from sipcore.calls.owner import plan_owner


def person(inquiry: Inquiry) -> Answer | None:
    """Plan for the external id of a person of the site; None when nobody has it."""
    owner = inquiry.site.people.get(inquiry.dialled)
    return None if owner is None else plan_owner(inquiry, owner)
