"""Chains that operators make: stages of members, checked when saved and read again when loaded.

The seven built-in call types are a table of the engine (`sipcore/calls/chain.py`). A chain of a
site has a name that apartments, people and the site may use as their call type.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from directory import fields
from directory.errors import FieldError, Invalid
from directory.kinds import CallType, Ringer
from directory.ringing import DELAY_MOST, RING_LEAST, RING_MOST

STAGES_MOST = 6
MEMBERS_MOST = 12
"""Members of one stage: the four kinds, and single accounts and people."""
SINGLE = ("person", "account")
"""Kinds of members that name one row by id."""
KINDS = (*(str(one) for one in Ringer), *SINGLE)
RESERVED = frozenset({"guard", "emergency", "direct", "monitor", "owner_group", "department", "ip"})
"""Words that records use for calls without a chain."""


@dataclass(frozen=True, slots=True)
class ChainMember:
    """Who rings in a stage: a kind of party of the owner, or one person or account by id."""

    kind: str
    delay: float | None = None
    """Seconds into the stage; None for what the settings say of the kind."""
    id: int | None = None
    users: tuple[str, ...] = ()
    """Users of a person's or account's phones, filled in when the site is loaded."""


@dataclass(frozen=True, slots=True)
class ChainStage:
    """Members that ring together."""

    members: tuple[ChainMember, ...]
    ring_time: float | None = None
    """Seconds; None for the longest ring time of its kinds."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its members, in order."""
        return tuple(member.kind for member in self.members)


@dataclass(frozen=True, slots=True)
class OwnChain:
    """A chain of a site, as the planner sees it."""

    name: str
    stages: tuple[ChainStage, ...]
    by_site: bool = True
    """Whether guards are put in where the site wants them; else only the chain says."""
    fault: str = ""
    """Why the stored chain cannot be used; empty for a good one."""


def read_chain(name: str, stages: object, by_site: bool) -> OwnChain:
    """A chain as it is stored, whatever that is; a broken one says why and has no stages."""
    try:
        return OwnChain(name, parse_stages(stages), by_site)
    except Invalid as error:
        first = error.errors[0]
        return OwnChain(name, (), by_site, f"{first.field}: {first.message}")


def check_stages(value: object) -> list[dict[str, Any]]:
    """Stages as they are stored; Invalid names each wrong place as `stages.2.members.1.kind`."""
    return [_stored(stage) for stage in parse_stages(value)]


def parse_stages(value: object) -> tuple[ChainStage, ...]:
    """The stages of a chain; Invalid names everything that is wrong."""
    if not isinstance(value, list | tuple) or not value:
        raise Invalid.one("stages", "must be a list of at least one stage")
    if len(value) > STAGES_MOST:
        raise Invalid.one("stages", f"at most {STAGES_MOST} stages")
    errors: list[FieldError] = []
    stages = [_stage(f"stages.{place}", one, errors) for place, one in enumerate(value, start=1)]
    if errors:
        raise Invalid(errors)
    return tuple(stages)


def chain_name(value: object) -> str:
    """A name that no built-in type and no other rule has."""
    name = str(_NAME(value))
    if name in tuple(CallType) or name in RESERVED:
        raise ValueError("is the name of a built-in call type")
    return name


def first_kinds(call_type: str) -> tuple[str, ...]:
    """Kinds in the first stage of a built-in call type; its name says them."""
    first = call_type.removesuffix("_only").split("_then_")[0]
    return tuple("landline" if word == "phone" else word for word in first.split("_and_"))


_NAME = fields.pattern(
    r"[a-z][a-z0-9_-]{0,31}", "must be 1 to 32 of a-z 0-9 _ -, beginning with a letter"
)
_RING = fields.optional(fields.seconds(RING_LEAST, RING_MOST))
_DELAY = fields.optional(fields.seconds(0, DELAY_MOST))


def _stage(where: str, value: object, errors: list[FieldError]) -> ChainStage:
    given = _object(where, value, ("members", "ring_time"), errors)
    ring_time = _checked(f"{where}.ring_time", _RING, given.get("ring_time"), errors)
    entries = given.get("members")
    if not isinstance(entries, list | tuple) or not entries:
        errors.append(FieldError(f"{where}.members", "a stage needs at least one member"))
        return ChainStage((), ring_time)
    if len(entries) > MEMBERS_MOST:
        errors.append(FieldError(f"{where}.members", f"at most {MEMBERS_MOST} members"))
        return ChainStage((), ring_time)
    members: list[ChainMember] = []
    for place, entry in enumerate(entries, start=1):
        here = f"{where}.members.{place}"
        member = _member(here, entry, errors)
        if (member.kind, member.id) in [(one.kind, one.id) for one in members]:
            errors.append(FieldError(f"{here}.kind", "is in this stage already"))
        elif ring_time is not None and (member.delay or 0.0) >= ring_time:
            errors.append(FieldError(f"{here}.delay", "must be shorter than the ring time"))
        members.append(member)
    return ChainStage(tuple(members), ring_time)


def _member(where: str, value: object, errors: list[FieldError]) -> ChainMember:
    given = _object(where, value, ("kind", "delay", "id"), errors)
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        errors.append(FieldError(f"{where}.kind", "must be one of " + ", ".join(KINDS)))
        kind = ""
    row_id = given.get("id")
    if kind in SINGLE:
        row_id = _checked(f"{where}.id", fields.row_id, row_id, errors)
    elif row_id is not None:
        errors.append(FieldError(f"{where}.id", "only a person or an account has an id"))
    waits = _checked(f"{where}.delay", _DELAY, given.get("delay"), errors)
    return ChainMember(str(kind), waits, row_id)


def _object(
    where: str, value: object, known: tuple[str, ...], errors: list[FieldError]
) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        errors.append(FieldError(where, "must be an object"))
        return {}
    unknown = [str(name)[:40] for name in value if name not in known]
    errors += [FieldError(f"{where}.{name}", "unknown field") for name in unknown]
    return value


def _checked(
    where: str, check: Callable[[object], Any], value: object, errors: list[FieldError]
) -> Any:
    try:
        return check(value)
    except ValueError as error:
        errors.append(FieldError(where, str(error)))
        return None


def _stored(stage: ChainStage) -> dict[str, Any]:
    members = []
    for member in stage.members:
        entry: dict[str, Any] = {"kind": member.kind}
        if member.id is not None:
            entry["id"] = member.id
        if member.delay is not None:
            entry["delay"] = member.delay
        members.append(entry)
    stored: dict[str, Any] = {"members": members}
    if stage.ring_time is not None:
        stored["ring_time"] = stage.ring_time
    return stored
