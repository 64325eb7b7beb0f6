"""The chain of each call type: the one place that says who rings in which stage.

`CHAINS` is the truth for F077-F085; types have names, not numbers. A word names a kind of party:
`app`, `indoor`, `landline`. Guard phones are not in the table, because where they ring is
the site's choice (F085); `with_guards` puts them in:

    call type                   with_indoor             after_indoor              never
    app_and_indoor              A+I+G *                 A+I > G                   A+I
    phone_and_indoor            L+I+G *                 L+I > G                   L+I
    app_and_indoor_then_phone   A+I+G > L               A+I > G > L *             A+I > L
    indoor_then_app             I+G > A                 I > G > A *               I > A
    indoor_then_phone           I+G > L                 I > G > L *               I > L
    indoor_then_app_then_phone  I+G > A > L             I > G > A > L *           I > A > L
    indoor_only (F071)          I+G *                   I > G                     I

A app, I indoor monitor, G guard phone, L landline; `+` rings together, `>` is the next stage.
`*` is what a site without an opinion gets: the types with a backup give the guards a stage of
their own, as in F081, the others ring them along.

A site may have chains of its own besides; `chain_of` finds either, and a third one when the stored
name leads nowhere.
"""

from collections.abc import Mapping
from typing import Final

from directory.chain import ChainMember, ChainStage, OwnChain
from directory.kinds import CallType, GuardStage
from directory.queries.dial import DialSite

Kinds = tuple[str, ...]
"""Kinds of parties that ring together."""
Chain = tuple[ChainStage, ...]
"""Stages in order; the next begins when the former was not answered (F084)."""

CHAINS: Mapping[str, tuple[Kinds, ...]] = {
    CallType.APP_AND_INDOOR: (("app", "indoor"),),
    CallType.PHONE_AND_INDOOR: (("landline", "indoor"),),
    CallType.APP_AND_INDOOR_THEN_PHONE: (("app", "indoor"), ("landline",)),
    CallType.INDOOR_THEN_APP: (("indoor",), ("app",)),
    CallType.INDOOR_THEN_PHONE: (("indoor",), ("landline",)),
    CallType.INDOOR_THEN_APP_THEN_PHONE: (("indoor",), ("app",), ("landline",)),
    CallType.INDOOR_ONLY: (("indoor",),),
}
"""The six call types and the one that is left without the app feature (F077, F071)."""


def chain(*stages: Kinds) -> Chain:
    """A chain of these stages of kinds."""
    return tuple([_stage(kinds) for kinds in stages])


def _stage(kinds: Kinds) -> ChainStage:
    return ChainStage(tuple([ChainMember(kind) for kind in kinds]))


_GUARD: Final = ChainMember("guard")
_GUARDS_ALONE: Final = ChainStage((_GUARD,))
_BUILT_IN: Final[dict[str, OwnChain]] = {
    name: OwnChain(name, chain(*stages)) for name, stages in CHAINS.items()
}


def chain_of(site: DialSite, call_type: str) -> tuple[OwnChain, tuple[str, ...]]:
    """The chain that a stored call type names, and sentences about how it was found.

    A plan must come out of whatever is stored. A name that leads nowhere, or to a broken chain, is
    planned as the site's call type; when that one is broken too, as `indoor_only`, for the indoor
    monitor is the one party that every call type rings.
    """
    notes: tuple[str, ...] = ()
    for name in (call_type or site.call_type, site.call_type):
        found = _BUILT_IN.get(name)
        if found is None:
            found = site.chains.get(name)
        if found is not None and not found.fault and found.stages:
            if notes:
                notes += (f"planned as the site's call type {name}",)
            return found, notes
        what = "is unknown" if found is None else f"is broken ({found.fault or 'no stages'})"
        note = f"the stored call type {name} {what}"
        if note not in notes:
            notes += (note,)
    name = str(CallType.INDOOR_ONLY)
    return _BUILT_IN[name], (*notes, f"planned as {name}")


def guard_place(found: OwnChain, choice: str | None) -> GuardStage:
    """Where guard phones ring: what was chosen, else the default of the chain (X02)."""
    if choice in tuple(GuardStage):
        return GuardStage(choice)
    return GuardStage.AFTER_INDOOR if len(found.stages) > 1 else GuardStage.WITH_INDOOR


def with_guards(found: OwnChain, place: GuardStage) -> Chain:
    """The stages with guard phones put where `place` says.

    A chain that names guards itself, or that wants to be the only one to say, is left as it is.
    """
    if place is GuardStage.NEVER or not found.by_site or has_guards(found):
        return found.stages
    stages: list[ChainStage] = []
    for stage in found.stages:
        if "indoor" not in stage.kinds:
            stages.append(stage)
        elif place is GuardStage.WITH_INDOOR:
            stages.append(ChainStage((*stage.members, _GUARD), stage.ring_time))
        else:
            stages += [stage, _GUARDS_ALONE]
    return tuple(stages)


def has_guards(found: OwnChain) -> bool:
    """Whether the chain itself names guard phones."""
    return any("guard" in stage.kinds for stage in found.stages)


def without_guards(found: OwnChain) -> Chain:
    """The stages for a caller who is no visitor; a chain of guards alone stays as it is."""
    if not has_guards(found):
        return found.stages
    stages: list[ChainStage] = []
    for stage in found.stages:
        members = tuple([member for member in stage.members if member.kind != "guard"])
        if members:
            stages.append(ChainStage(members, stage.ring_time))
    return tuple(stages) or found.stages
