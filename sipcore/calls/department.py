"""Calls to a department of an office by its number: the phones of its people, then the guards."""

from typing import Final

from directory.queries.dial import DialAccount, DialDepartment
from sipcore.b2bua.plan import Party, RingStage, SkippedTarget
from sipcore.calls.guard import guard_stages
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant, Member
from sipcore.calls.stages import NONE_CONFIGURED, fill, usual_time, weigh
from sipcore.calls.standing import closed

PHONES_MOST: Final = 60
"""Phones that ring at the same time: as many as a call may have branches (RFC 5393 §5.3)."""


def department(dialling: Dialling) -> Meant | None:
    """The department with that number; None when there is none."""
    found = dialling.site.departments.get(dialling.dialled)
    if found is None:
        return None
    phones = _phones(found, dialling.at)
    return Meant(phones, lambda inquiry: _ring(inquiry, found))


def _phones(found: DialDepartment, at: float) -> tuple[DialAccount, ...]:
    """Phones of everybody in it who may be called at that moment."""
    phones: list[DialAccount] = []
    for person in found.people:
        if closed(person, at) is None:
            phones += [*person.indoor, *person.apps] if person.app_enabled else person.indoor
    return tuple(phones)


def _ring(inquiry: Inquiry, found: DialDepartment) -> Answer:
    phones = _phones(found, inquiry.at)
    notes: tuple[str, ...] = ()
    if len(phones) > PHONES_MOST:
        notes = (f"the first {PHONES_MOST} of {len(phones)} phones ring",)
    members: list[Member] = weigh(inquiry, phones[:PHONES_MOST])
    if not members:
        nobody = Party("indoor", "", site_id=inquiry.site.site_id)
        members = [SkippedTarget(nobody, NONE_CONFIGURED)]
    rings = max(usual_time(inquiry, "indoor"), usual_time(inquiry, "app"))
    stages: tuple[RingStage, ...] = (fill("app+indoor", members, rings),)
    if inquiry.is_visit:
        stages += guard_stages(inquiry, inquiry.site.guards)
    return inquiry.plan("department", stages, callee=found.name, notes=notes)
