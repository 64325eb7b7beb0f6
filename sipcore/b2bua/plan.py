"""RingPlan: who is rung, in which order and for how long, decided before the call exists."""

from dataclasses import dataclass, field
from typing import ClassVar, final

from sipcore.kernel.value import Value


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody on one side of a call, as the records name them."""

    kind: str
    """`door`, `indoor`, `guard`, `app`, `landline` or `unknown`."""
    user: str
    """SIP user part of the account, or the telephone number of a landline."""
    display: str = ""
    """Name shown to the other side and in the records."""
    site_id: int | None = None
    device_id: int | None = None
    person_id: int | None = None
    apartment_id: int | None = None
    may_hide: bool = True
    """Whether it may ask to stay unnamed (RFC 3323)."""
    is_account: bool = True
    """Whether it is an account of this server, whose dialogs can be watched."""
    takes_text: bool = True
    """Whether somebody reads there what is sent as text."""


@dataclass(frozen=True, slots=True)
class Target:
    """One party to ring in a stage: an account with any number of contacts, or a landline."""

    party: Party
    trunk: str | None = None
    """Name of the trunk that carries a landline; None for accounts of this server."""


@dataclass(frozen=True, slots=True)
class SkippedTarget:
    """A target that would belong to the stage, and why it is left out."""

    party: Party
    reason: str
    """Machine-readable reason such as `not_registered`, `landline_off`, `app_off`, `disabled`."""


@dataclass(frozen=True, slots=True)
class RingStage:
    """Targets rung at the same time until one answers or the timeout passes (F084)."""

    name: str
    """What the stage is made of, for instance `indoor`, `app`, `app+indoor`, `landline`."""
    targets: tuple[Target, ...]
    timeout: float
    """Seconds the stage may ring."""
    skipped: tuple[SkippedTarget, ...] = ()


@dataclass(frozen=True, slots=True)
class RingPlan:
    """Stages in order; the next one starts only if the former was not answered (F084)."""

    call_type: str
    """Name of the rule that made the plan: one of the six call types, `guard`, `direct`, …"""
    caller: Party
    dialled: str
    """What the caller dialled, as text."""
    stages: tuple[RingStage, ...]
    is_visit: bool = False
    """True when a door phone pressed a button: the call appears among the visits."""
    callee: str = ""
    """Name of what was called: apartment, person or group."""
    apartment_id: int | None = None
    decline_ends_call: bool = False
    """Whether a 6xx of one phone ends the call; else it ends that phone's leg alone."""
    notes: tuple[str, ...] = field(default=())
    """Sentences that explain the plan to an operator."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """The call may not be made: the answer to the caller and the reason for the record."""

    status: int
    reason: str
    """Machine-readable reason such as `unknown_number`, `foreign_site`, `no_stage`."""
    caller: Party
    dialled: str
    is_visit: bool = False


@final
class CallRequest(Value):
    """What the planner is asked: an authenticated account dials something."""

    __slots__: ClassVar = ("at", "caller_user", "dialled")

    def __init__(self, caller_user: str, dialled: str, at: float) -> None:
        self.caller_user = caller_user
        """Account user part that the digest proved, or the trunk's name for an incoming call."""
        self.dialled = dialled
        """User part of the request URI with escapes decoded (`%23` is `#`)."""
        self.at = at
        """Now, seconds since the epoch UTC."""
