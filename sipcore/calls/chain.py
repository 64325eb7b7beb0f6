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
"""

from collections.abc import Mapping

from directory.kinds import CallType, GuardStage

Stage = tuple[str, ...]
"""Kinds of parties that ring together."""
Chain = tuple[Stage, ...]
"""Stages in order; the next begins when the former was not answered (F084)."""

CHAINS: Mapping[str, Chain] = {
    CallType.APP_AND_INDOOR: (("app", "indoor"),),
    CallType.PHONE_AND_INDOOR: (("landline", "indoor"),),
    CallType.APP_AND_INDOOR_THEN_PHONE: (("app", "indoor"), ("landline",)),
    CallType.INDOOR_THEN_APP: (("indoor",), ("app",)),
    CallType.INDOOR_THEN_PHONE: (("indoor",), ("landline",)),
    CallType.INDOOR_THEN_APP_THEN_PHONE: (("indoor",), ("app",), ("landline",)),
    CallType.INDOOR_ONLY: (("indoor",),),
}
"""The six call types and the one that is left without the app feature (F077, F071)."""


def guard_stage(call_type: str, site_choice: str | None) -> GuardStage:
    """Where guard phones ring: the site's choice, else the default of the call type."""
    if site_choice in tuple(GuardStage):
        return GuardStage(site_choice)
    has_backup = len(CHAINS[call_type]) > 1
    return GuardStage.AFTER_INDOOR if has_backup else GuardStage.WITH_INDOOR


def with_guards(call_type: str, placement: GuardStage) -> Chain:
    """The chain of a call type with guard phones put where `placement` says."""
    stages: list[Stage] = []
    for stage in CHAINS[call_type]:
        if "indoor" not in stage or placement is GuardStage.NEVER:
            stages.append(stage)
        elif placement is GuardStage.WITH_INDOOR:
            stages.append((*stage, "guard"))
        else:
            stages += [stage, ("guard",)]
    return tuple(stages)


def known_type(call_type: str) -> str:
    """The call type itself, or `indoor_only` for a name this version does not know.

    A plan must come out of whatever is stored; the indoor monitor is the one party that every
    call type rings.
    """
    return call_type if call_type in CHAINS else str(CallType.INDOOR_ONLY)
