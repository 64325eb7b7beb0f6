"""Facts of calls, in the past tense: what the record and the live events are made of.

Every fact carries the call's id and the moment it happened (UTC seconds). For a call that a door
phone makes, the call's id is the visit's id as well.
"""

from typing import ClassVar, final

from sipcore.b2bua.plan import Party, RingPlan
from sipcore.kernel.value import Value


class Fact(Value):
    """Something that happened to a call; each kind of CallFact is one."""

    __slots__: ClassVar = ()


@final
class CallStarted(Fact):
    """A caller's INVITE was accepted and planned."""

    __slots__: ClassVar = ("at", "call_id", "caller_tag", "is_private", "plan", "sip_call_id")

    def __init__(
        self,
        call_id: str,
        at: float,
        sip_call_id: str,
        plan: RingPlan,
        caller_tag: str = "",
        is_private: bool = False,
    ) -> None:
        self.call_id = call_id
        self.at = at
        self.sip_call_id = sip_call_id
        self.plan = plan
        self.caller_tag = caller_tag
        """The caller's tag."""
        self.is_private = is_private
        """Whether the caller wants to stay unnamed (RFC 3323)."""


@final
class CallRefused(Fact):
    """A caller's INVITE was refused by the planner before anybody was rung."""

    __slots__: ClassVar = (
        "at",
        "call_id",
        "caller",
        "dialled",
        "is_visit",
        "reason",
        "sip_call_id",
        "status",
    )

    def __init__(
        self,
        call_id: str,
        at: float,
        sip_call_id: str,
        caller: Party,
        dialled: str,
        status: int,
        reason: str,
        is_visit: bool,
    ) -> None:
        self.call_id = call_id
        self.at = at
        self.sip_call_id = sip_call_id
        self.caller = caller
        self.dialled = dialled
        self.status = status
        self.reason = reason
        self.is_visit = is_visit


@final
class StageStarted(Fact):
    """A ring stage began; `legs` B-legs were started."""

    __slots__: ClassVar = ("at", "call_id", "legs", "name", "stage")

    def __init__(self, call_id: str, at: float, stage: int, name: str, legs: int) -> None:
        self.call_id = call_id
        self.at = at
        self.stage = stage
        self.name = name
        self.legs = legs


@final
class TargetSkipped(Fact):
    """A target of a stage was not rung; `reason` says why."""

    __slots__: ClassVar = ("at", "call_id", "party", "reason", "stage")

    def __init__(self, call_id: str, at: float, stage: int, party: Party, reason: str) -> None:
        self.call_id = call_id
        self.at = at
        self.stage = stage
        self.party = party
        self.reason = reason


@final
class TargetWoken(Fact):
    """A push was asked for, so that the party's app registers; the stage waits for it."""

    __slots__: ClassVar = ("at", "call_id", "party", "stage")

    def __init__(self, call_id: str, at: float, stage: int, party: Party) -> None:
        self.call_id = call_id
        self.at = at
        self.stage = stage
        self.party = party


@final
class WakeFailed(Fact):
    """No push has reached a party that was to be woken; `reason` says why."""

    __slots__: ClassVar = ("at", "call_id", "party", "reason", "stage")

    def __init__(self, call_id: str, at: float, stage: int, party: Party, reason: str) -> None:
        self.call_id = call_id
        self.at = at
        self.stage = stage
        self.party = party
        self.reason = reason


@final
class StageSkipped(Fact):
    """A stage was left out because nobody in it could be reached."""

    __slots__: ClassVar = ("at", "call_id", "name", "reason", "stage")

    def __init__(self, call_id: str, at: float, stage: int, name: str, reason: str) -> None:
        self.call_id = call_id
        self.at = at
        self.stage = stage
        self.name = name
        self.reason = reason


@final
class StageEnded(Fact):
    """A stage ended without an answer.

    `reason` is `timeout`, `all_failed`, `declined`, `ring_limit` or `cancelled`.
    """

    __slots__: ClassVar = ("at", "call_id", "reason", "stage")

    def __init__(self, call_id: str, at: float, stage: int, reason: str) -> None:
        self.call_id = call_id
        self.at = at
        self.stage = stage
        self.reason = reason


@final
class LegStarted(Fact):
    """An INVITE went out to one contact."""

    __slots__: ClassVar = (
        "at",
        "call_id",
        "contact",
        "leg",
        "party",
        "sip_call_id",
        "stage",
        "tag",
    )

    def __init__(
        self,
        call_id: str,
        at: float,
        stage: int,
        leg: int,
        party: Party,
        contact: str,
        sip_call_id: str = "",
        tag: str = "",
    ) -> None:
        self.call_id = call_id
        self.at = at
        self.stage = stage
        self.leg = leg
        self.party = party
        self.contact = contact
        self.sip_call_id = sip_call_id
        """Call-ID of that INVITE."""
        self.tag = tag
        """Our tag in it."""


@final
class LegRang(Fact):
    """The first provisional response other than 100 arrived."""

    __slots__: ClassVar = ("at", "call_id", "leg", "status", "tag")

    def __init__(self, call_id: str, at: float, leg: int, status: int, tag: str = "") -> None:
        self.call_id = call_id
        self.at = at
        self.leg = leg
        self.status = status
        self.tag = tag
        """The phone's tag; empty when it forms no early dialog."""


@final
class KeyAwaited(Fact):
    """A telephone has answered; that counts once a key is pressed there (G04)."""

    __slots__: ClassVar = ("at", "call_id", "leg")

    def __init__(self, call_id: str, at: float, leg: int) -> None:
        self.call_id = call_id
        self.at = at
        self.leg = leg


@final
class KeyPressed(Fact):
    """A key was pressed at such a telephone, the right one or another; which, is not told."""

    __slots__: ClassVar = ("accepted", "at", "call_id", "leg")

    def __init__(self, call_id: str, at: float, leg: int, accepted: bool) -> None:
        self.call_id = call_id
        self.at = at
        self.leg = leg
        self.accepted = accepted


@final
class LegAnswered(Fact):
    """A 2xx arrived and this leg won the call."""

    __slots__: ClassVar = ("at", "call_id", "leg", "tag")

    def __init__(self, call_id: str, at: float, leg: int, tag: str = "") -> None:
        self.call_id = call_id
        self.at = at
        self.leg = leg
        self.tag = tag
        """The phone's tag."""


@final
class LegFailed(Fact):
    """A final response other than 2xx arrived, or none came (408), or the flow failed (503).

    Of a telephone that was to confirm its answer: nobody did (408), or another key declined (603);
    `reason` is `no_key`, `hung_up` or `key_refused` then.
    """

    __slots__: ClassVar = ("at", "call_id", "declined", "leg", "reason", "status")

    def __init__(
        self,
        call_id: str,
        at: float,
        leg: int,
        status: int,
        reason: str,
        declined: bool = False,
    ) -> None:
        self.call_id = call_id
        self.at = at
        self.leg = leg
        self.status = status
        self.reason = reason
        self.declined = declined
        """Whether it was a person who declined (`verdict.py`)."""


@final
class LegRerouted(Fact):
    """A leg's INVITE failed (as in LegFailed) and went out again to another server (`to`)."""

    __slots__: ClassVar = ("at", "call_id", "leg", "reason", "status", "to")

    def __init__(
        self, call_id: str, at: float, leg: int, status: int, reason: str, to: str
    ) -> None:
        self.call_id = call_id
        self.at = at
        self.leg = leg
        self.status = status
        self.reason = reason
        self.to = to


@final
class LegReleased(Fact):
    """We ended the leg: `answered_elsewhere`, `stage_timeout`, `caller_hung_up`, `late_answer` …"""

    __slots__: ClassVar = ("at", "call_id", "leg", "reason")

    def __init__(self, call_id: str, at: float, leg: int, reason: str) -> None:
        self.call_id = call_id
        self.at = at
        self.leg = leg
        self.reason = reason


@final
class CodeAnswered(Fact):
    """A door answered the request that carried a door code, or never did (408).

    2xx: it took the code, and switches its relay.
    """

    __slots__: ClassVar = ("at", "call_id", "party", "status")

    def __init__(self, call_id: str, at: float, party: Party, status: int) -> None:
        self.call_id = call_id
        self.at = at
        self.party = party
        """The door."""
        self.status = status


@final
class TransferStarted(Fact):
    """A party passes the call on, or somebody wants to take a party's place.

    `kind` is `blind`, `attended` or `pick_up`; `by` is whoever began it; `target` is the number to
    be called, or for a pick-up the account that is replaced.
    """

    __slots__: ClassVar = ("at", "by", "call_id", "kind", "target")

    def __init__(self, call_id: str, at: float, kind: str, by: Party, target: str) -> None:
        self.call_id = call_id
        self.at = at
        self.kind = kind
        self.by = by
        self.target = target


@final
class TransferEnded(Fact):
    """What became of it: status 200, or the status of the failure; the call went on as it was.

    A REFER that was refused begins and ends at once, with the status it was answered with.
    """

    __slots__: ClassVar = ("at", "call_id", "kind", "status")

    def __init__(self, call_id: str, at: float, kind: str, status: int) -> None:
        self.call_id = call_id
        self.at = at
        self.kind = kind
        self.status = status


@final
class CallEnded(Fact):
    """The call is over.

    `outcome` is `answered`, `missed`, `refused`, `busy`, `abandoned` or `failed`; `by` is
    `caller`, `callee` or `server`; `status` is the SIP status the caller got when not answered.
    """

    __slots__: ClassVar = ("at", "by", "call_id", "outcome", "reason", "status")

    def __init__(
        self, call_id: str, at: float, outcome: str, by: str, reason: str, status: int
    ) -> None:
        self.call_id = call_id
        self.at = at
        self.outcome = outcome
        self.by = by
        self.reason = reason
        self.status = status


CallFact = (
    CallStarted
    | CallRefused
    | StageStarted
    | TargetSkipped
    | TargetWoken
    | WakeFailed
    | StageSkipped
    | StageEnded
    | LegStarted
    | LegRang
    | KeyAwaited
    | KeyPressed
    | LegAnswered
    | LegFailed
    | LegRerouted
    | LegReleased
    | CodeAnswered
    | TransferStarted
    | TransferEnded
    | CallEnded
)
