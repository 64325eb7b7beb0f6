"""Visits to play: who rings in which order, what each phone does, and how it must end."""

from dataclasses import dataclass, field
from typing import Any

RING_TIME = 2.0
"""Seconds that each stage rings."""
THOUGHT = 0.3
"""Seconds that a phone rings before it answers or declines."""
CHAINS: dict[str, tuple[tuple[str, ...], ...]] = {
    "app_and_indoor": (("app", "indoor"),),
    "phone_and_indoor": (("landline", "indoor"),),
    "app_and_indoor_then_phone": (("app", "indoor"), ("landline",)),
    "indoor_then_app": (("indoor",), ("app",)),
    "indoor_then_phone": (("indoor",), ("landline",)),
    "indoor_then_app_then_phone": (("indoor",), ("app",), ("landline",)),
}
"""Who rings together, stage after stage, as F077 names the types."""
ANSWERS, DECLINES, REJECTS, BUSY_EVERYWHERE = 200, 603, 486, 600
"""What a phone says after it has rung for a moment; the others ring until they are let go."""

DIGITS = {ANSWERS: 1, DECLINES: 3, REJECTS: 6, BUSY_EVERYWHERE: 9}
"""Last digit of the account or number of a phone that says so."""


@dataclass(frozen=True)
class Case:
    """One visit to a flat of its own."""

    number: int
    """Place in the table; flat, accounts and landline are made of it."""
    call_type: str
    rings: tuple[float, ...]
    """Seconds that each stage rings, as far as the visit comes."""
    ends: tuple[str, int] = ("missed", 408)
    """Outcome of the visit, and the final status that the visitor hears."""
    replies: dict[str, int] = field(default_factory=dict)
    """What phones do, by kind; those that are left out ring until they are let go."""
    patience: float = 0.0
    """Seconds after which the visitor gives up; 0: never."""
    declined: str = "leg"
    """What a decline ends in this flat: `leg`, `stage` or `visit`."""
    global_failure: str = "leg"
    """What any other 6xx ends."""

    @property
    def missed(self) -> bool:
        """Whether the flat has missed the visitor: nobody answered, and nobody declined."""
        return self.ends[0] not in ("answered", "refused")

    @property
    def outcomes(self) -> list[str]:
        """What becomes of each stage."""
        ways = {"answered": "answered", "abandoned": "cancelled"}
        made = ["timeout"] * len(self.rings)
        made[-1] = ways.get(self.ends[0], "timeout")
        if (self.declined, self.global_failure) != ("leg", "leg"):
            made[0] = "declined"
        return made

    @property
    def flat(self) -> str:
        """Number of the flat."""
        return str(100 + self.number)

    def user(self, kind: str) -> str:
        """Account of the door or of a phone; the last digit tells the phone what to do."""
        place = ("door", "indoor", "app").index(kind)
        return f"4400{self.number:03d}{place}0{self._digit(kind)}"

    @property
    def landline(self) -> str:
        """Number of the flat, out of the range that the regulator keeps for fiction."""
        return f"+44207946{self.number:03d}{self._digit('landline')}"

    def _digit(self, kind: str) -> int:
        return DIGITS.get(self.replies.get(kind, 0), 0)

    @property
    def stages(self) -> tuple[tuple[str, ...], ...]:
        """Kinds of those who ring."""
        return CHAINS[self.call_type][: len(self.rings)]


def _cases() -> dict[str, Case]:
    made: dict[str, Case] = {}

    def add(name: str, call_type: str, *rings: float, **values: Any) -> None:
        made[name] = Case(len(made), call_type, rings, **values)

    for call_type, stages in CHAINS.items():
        before = [RING_TIME] * (len(stages) - 1)
        answered = ("answered", ANSWERS)
        first, last = {stages[0][0]: ANSWERS}, {stages[-1][-1]: ANSWERS}
        add(f"{call_type}: first answers", call_type, THOUGHT, replies=first, ends=answered)
        add(f"{call_type}: last answers", call_type, *before, THOUGHT, replies=last, ends=answered)
        add(f"{call_type}: nobody answers", call_type, *before, RING_TIME)
        for number in range(len(stages)):
            gone = [*before[:number], RING_TIME / 2]
            name = f"{call_type}: given up in stage {number + 1}"
            add(name, call_type, *gone, patience=sum(gone), ends=("abandoned", 487))
    scopes = {
        "leg": (RING_TIME, RING_TIME),
        "stage": (THOUGHT, RING_TIME),
        "visit": (THOUGHT,),
    }
    for status in (DECLINES, REJECTS, BUSY_EVERYWHERE):
        setting, outcome = "declined", "refused"
        if status == BUSY_EVERYWHERE:
            setting, outcome = "global_failure", "busy"
        for scope, rings in scopes.items():
            name = f"{status} ends the {scope}"
            add(
                name,
                "app_and_indoor_then_phone",
                *rings,
                **{setting: scope},
                replies={"app": status},
                ends=(outcome, status),
            )
    return made


CASES = _cases()
