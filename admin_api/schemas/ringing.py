"""Ring settings as bodies name them: sites and apartments have the same ones."""

from typing import Annotated

from pydantic import Field

from directory.kinds import FailureScope

DeclinedField = Annotated[
    FailureScope,
    Field(
        description="What one phone that declines (603) ends: its own `leg`, the `stage`, so that "
        "the next one begins, or the `visit`, for all that ring and all later stages."
    ),
]
GlobalFailureField = Annotated[
    FailureScope, Field(description="What any other 6xx ends; the same words as `declined`.")
]
LongestRingField = Annotated[
    float,
    Field(description="Seconds after which a call that nobody answered ends, 5-1800."),
]
RoundsField = Annotated[int, Field(description="How often the chain is gone through, 1-3.")]
EarlyStatusField = Annotated[
    int,
    Field(description="180 or 183: what a door hears at once; 0: only when a phone rings."),
]
RingTimesField = Annotated[
    dict[str, float | None],
    Field(
        description="Seconds a stage rings, by `app`, `indoor`, `guard`, `landline`. Kinds that "
        "are not sent stay as they are; null takes one away."
    ),
]
DelaysField = Annotated[
    dict[str, float | None],
    Field(
        description="Seconds a kind waits inside a stage it shares. Kinds that are not sent stay "
        "as they are; null takes one away."
    ),
]
LandlineConfirmsField = Annotated[
    bool,
    Field(
        description="Whether a telephone's answer counts only after a key: a mailbox presses none."
    ),
]
LandlineKeyField = Annotated[
    str,
    Field(description="The key that takes a call at a telephone: one of 0-9, * and #."),
]
