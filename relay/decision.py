"""Whether a party of a call may open a relay by digits: one table, read from the top.

The parties of a door's call that may open are the ones it can ring: indoor monitors, apps, guard
phones and landlines. To be on the call with the door is the right to open it; the rows of the
table are what takes it away. Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass

from directory.queries.dial import DialAccount, DialRelay

MAY_OPEN = frozenset({"indoor", "app", "guard", "landline"})
"""Kinds of parties whose digits may open a door."""

IN_CALL = "in_call"
"""Reason of every permission given here: the party is on the call with the door."""


@dataclass(frozen=True, slots=True)
class Actor:
    """The party that sends digits."""

    kind: str
    """`door`, `indoor`, `app`, `guard`, `landline` or `unknown`."""
    user: str
    """SIP user or telephone number."""
    display: str = ""
    site_id: int | None = None
    apartment_id: int | None = None
    person_id: int | None = None
    barred: str = ""
    """Why the party is out of service: `disabled`, `app_off`, `landline_off`, `account_expired`,
    `blocked`; empty when it is not. That may change while a call goes on."""


@dataclass(frozen=True, slots=True)
class Question:
    """May this actor, on a call with this door, open this relay?"""

    actor: Actor
    door: DialAccount
    relay: DialRelay


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or denied, with a machine-readable reason."""

    allowed: bool
    reason: str


def decide(question: Question) -> Decision:
    """The first row of the table that applies denies; none allows."""
    for applies, reason in DENIALS:
        if applies(question):
            return Decision(False, reason or question.actor.barred)
    return Decision(True, IN_CALL)


def _is_other_door(question: Question) -> bool:
    return question.relay.device_id != question.door.device_id


def _is_door(question: Question) -> bool:
    return question.actor.kind == "door"


def _is_no_opener(question: Question) -> bool:
    return question.actor.kind not in MAY_OPEN


def _is_foreign(question: Question) -> bool:
    return question.actor.site_id != question.door.site_id


def _is_barred(question: Question) -> bool:
    return question.actor.barred != ""


def _is_closed_to_calls(question: Question) -> bool:
    return not question.relay.in_call


def _is_other_household(question: Question) -> bool:
    """A private door serves its apartment or person, and the guards who may be called from it."""
    actor, door = question.actor, question.door
    if actor.kind == "guard":
        return False
    if door.apartment_id is not None:
        return actor.apartment_id != door.apartment_id
    return door.person_id is not None and actor.person_id != door.person_id


DENIALS: tuple[tuple[Callable[[Question], bool], str], ...] = (
    (_is_other_door, "other_door"),
    (_is_door, "door_may_not_open"),
    (_is_no_opener, "kind_may_not_open"),
    (_is_foreign, "foreign_site"),
    (_is_barred, ""),  # the actor says why
    (_is_closed_to_calls, "in_call_off"),  # the talking-page method is off (F131)
    (_is_other_household, "other_household"),
)
"""What denies, in order, and the reason given."""
