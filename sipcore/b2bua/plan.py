"""RingPlan: who is rung, in which order and for how long, decided before the call exists."""

from typing import ClassVar, Final, final

from sipcore.b2bua.policy import USUAL, RingPolicy
from sipcore.kernel.value import Value

NOT_REGISTERED: Final = "not_registered"
"""Why a party is left out that nobody knows a contact of: it may have one by its turn."""


@final
class Party(Value):
    """Somebody on one side of a call, as the records name them."""

    __slots__: ClassVar = (
        "apartment_id",
        "device_id",
        "display",
        "is_account",
        "kind",
        "may_hide",
        "person_id",
        "site_id",
        "takes_text",
        "user",
    )

    def __init__(
        self,
        kind: str,
        user: str,
        display: str = "",
        site_id: int | None = None,
        device_id: int | None = None,
        person_id: int | None = None,
        apartment_id: int | None = None,
        may_hide: bool = True,
        is_account: bool = True,
        takes_text: bool = True,
    ) -> None:
        self.kind = kind
        """`door`, `indoor`, `guard`, `app`, `landline` or `unknown`."""
        self.user = user
        """SIP user part of the account, or the telephone number of a landline."""
        self.display = display
        """Name shown to the other side and in the records."""
        self.site_id = site_id
        self.device_id = device_id
        self.person_id = person_id
        self.apartment_id = apartment_id
        self.may_hide = may_hide
        """Whether it may ask to stay unnamed (RFC 3323)."""
        self.is_account = is_account
        """Whether it is an account of this server, whose dialogs can be watched."""
        self.takes_text = takes_text
        """Whether somebody reads there what is sent as text."""


@final
class Target(Value):
    """One party to ring in a stage: an account with any number of contacts, or a landline."""

    __slots__: ClassVar = ("confirms", "delay", "fallbacks", "party", "trunk", "wakes")

    def __init__(
        self,
        party: Party,
        trunk: str | None = None,
        delay: float = 0.0,
        wakes: bool = False,
        confirms: bool = False,
        fallbacks: tuple[str, ...] = (),
    ) -> None:
        self.party = party
        self.trunk = trunk
        """Name of the trunk that carries a landline; None for accounts of this server."""
        self.delay = delay
        """Seconds after the beginning of the stage at which it is rung."""
        self.wakes = wakes
        """Whether a push wakes it: it may become reachable while the stage rings (G03)."""
        self.confirms = confirms
        """Whether an answer counts only after a key: a mailbox presses none (G04)."""
        self.fallbacks = fallbacks
        """Names of the trunks that take over, in order, when the first one cannot carry it."""

    def at(self, delay: float) -> "Target":
        """The same party, rung that many seconds after the beginning of the stage."""
        return Target(self.party, self.trunk, delay, self.wakes, self.confirms, self.fallbacks)


@final
class SkippedTarget(Value):
    """A target that would belong to the stage, and why it is left out."""

    __slots__: ClassVar = ("delay", "party", "reason")

    def __init__(self, party: Party, reason: str, delay: float = 0.0) -> None:
        self.party = party
        self.reason = reason
        """Machine-readable reason such as `not_registered`, `landline_off`, `app_off`."""
        self.delay = delay
        """Seconds after the beginning of the stage at which it is looked for again."""


@final
class RingStage(Value):
    """Targets rung at the same time until one answers or the timeout passes (F084)."""

    __slots__: ClassVar = ("name", "skipped", "targets", "timeout")

    def __init__(
        self,
        name: str,
        targets: tuple[Target, ...],
        timeout: float,
        skipped: tuple[SkippedTarget, ...] = (),
    ) -> None:
        self.name = name
        """What the stage is made of, for instance `indoor`, `app`, `app+indoor`, `landline`."""
        self.targets = targets
        self.timeout = timeout
        """Seconds the stage may ring."""
        self.skipped = skipped


@final
class RingPlan(Value):
    """Stages in order; the next one starts only if the former was not answered (F084)."""

    __slots__: ClassVar = (
        "apartment_id",
        "call_type",
        "callee",
        "caller",
        "dialled",
        "is_visit",
        "notes",
        "policy",
        "rounds",
        "stages",
    )

    def __init__(
        self,
        call_type: str,
        caller: Party,
        dialled: str,
        stages: tuple[RingStage, ...],
        is_visit: bool = False,
        callee: str = "",
        apartment_id: int | None = None,
        policy: RingPolicy = USUAL,
        notes: tuple[str, ...] = (),
        rounds: int = 1,
    ) -> None:
        self.call_type = call_type
        """Name of the rule that made the plan: one of the six call types, `guard`, `direct`, …"""
        self.caller = caller
        self.dialled = dialled
        """What the caller dialled, as text."""
        self.stages = stages
        self.is_visit = is_visit
        """True when a door phone pressed a button: the call appears among the visits."""
        self.callee = callee
        """Name of what was called: apartment, person or group."""
        self.apartment_id = apartment_id
        self.policy = policy
        self.notes = notes
        """Sentences that explain the plan to an operator."""
        self.rounds = rounds
        """How often the stages of one round stand in `stages`, one round after the other."""


@final
class Refusal(Value):
    """The call may not be made: the answer to the caller and the reason for the record."""

    __slots__: ClassVar = ("caller", "dialled", "is_visit", "reason", "status")

    def __init__(
        self, status: int, reason: str, caller: Party, dialled: str, is_visit: bool = False
    ) -> None:
        self.status = status
        self.reason = reason
        """Machine-readable reason such as `unknown_number`, `foreign_site`, `no_stage`."""
        self.caller = caller
        self.dialled = dialled
        self.is_visit = is_visit


@final
class CallRequest(Value):
    """What the planner is asked: an authenticated account dials something."""

    __slots__: ClassVar = ("at", "caller_user", "dialled", "override")

    def __init__(self, caller_user: str, dialled: str, at: float, override: bool = False) -> None:
        self.caller_user = caller_user
        """Account user part that the digest proved."""
        self.dialled = dialled
        """User part of the request URI with escapes decoded (`%23` is `#`)."""
        self.at = at
        """Now, seconds since the epoch UTC."""
        self.override = override
        """Whether it is a second press, which overrides quiet hours (G09)."""


@final
class IncomingCall(Value):
    """What the planner is asked when a call comes in from a trunk."""

    __slots__: ClassVar = ("at", "dialled", "display", "number", "trunk")

    def __init__(self, trunk: str, number: str, display: str, dialled: str, at: float) -> None:
        self.trunk = trunk
        """Name of the trunk, known by where it speaks from."""
        self.number = number
        """Who calls, as the provider asserts it; empty when it says nothing."""
        self.display = display
        """Name that came with the number."""
        self.dialled = dialled
        """Number of ours that was called."""
        self.at = at
        """Now, seconds since the epoch UTC."""
