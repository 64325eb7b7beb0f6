"""Facts of calls, in the past tense: what the record and the live events are made of.

Every fact carries the call's id and the moment it happened (UTC seconds). For a call that a door
phone makes, the call's id is the visit's id as well.

Nobody changes a fact. They are not frozen all the same: that would treble what it costs to make
one, and every message of a call makes some.
"""

from dataclasses import dataclass

from sipcore.b2bua.plan import Party, RingPlan


@dataclass(slots=True)
class CallStarted:
    """A caller's INVITE was accepted and planned."""

    call_id: str
    at: float
    sip_call_id: str
    plan: RingPlan
    caller_tag: str = ""
    """The caller's tag."""
    is_private: bool = False
    """Whether the caller wants to stay unnamed (RFC 3323)."""


@dataclass(slots=True)
class CallRefused:
    """A caller's INVITE was refused by the planner before anybody was rung."""

    call_id: str
    at: float
    sip_call_id: str
    caller: Party
    dialled: str
    status: int
    reason: str
    is_visit: bool


@dataclass(slots=True)
class StageStarted:
    """A ring stage began; `legs` B-legs were started."""

    call_id: str
    at: float
    stage: int
    name: str
    legs: int


@dataclass(slots=True)
class TargetSkipped:
    """A target of a stage was not rung; `reason` says why."""

    call_id: str
    at: float
    stage: int
    party: Party
    reason: str


@dataclass(slots=True)
class StageSkipped:
    """A stage was left out because nobody in it could be reached."""

    call_id: str
    at: float
    stage: int
    name: str
    reason: str


@dataclass(slots=True)
class StageEnded:
    """A stage ended without an answer: `timeout`, `all_failed` or `cancelled`."""

    call_id: str
    at: float
    stage: int
    reason: str


@dataclass(slots=True)
class LegStarted:
    """An INVITE went out to one contact."""

    call_id: str
    at: float
    stage: int
    leg: int
    party: Party
    contact: str
    sip_call_id: str = ""
    """Call-ID of that INVITE."""
    tag: str = ""
    """Our tag in it."""


@dataclass(slots=True)
class LegRang:
    """The first provisional response other than 100 arrived."""

    call_id: str
    at: float
    leg: int
    status: int
    tag: str = ""
    """The phone's tag; empty when it forms no early dialog."""


@dataclass(slots=True)
class LegAnswered:
    """A 2xx arrived and this leg won the call."""

    call_id: str
    at: float
    leg: int
    tag: str = ""
    """The phone's tag."""


@dataclass(slots=True)
class LegFailed:
    """A final response other than 2xx arrived, or none came (408), or the flow failed (503)."""

    call_id: str
    at: float
    leg: int
    status: int
    reason: str


@dataclass(slots=True)
class LegRerouted:
    """A leg's INVITE failed (as in LegFailed) and went out again to another server (`to`)."""

    call_id: str
    at: float
    leg: int
    status: int
    reason: str
    to: str


@dataclass(slots=True)
class LegReleased:
    """We ended the leg: `answered_elsewhere`, `stage_timeout`, `caller_hung_up`, `late_answer` …"""

    call_id: str
    at: float
    leg: int
    reason: str


@dataclass(slots=True)
class TransferStarted:
    """A party passes the call on, or somebody wants to take a party's place.

    `kind` is `blind`, `attended` or `pick_up`; `by` is whoever began it; `target` is the number to
    be called, or for a pick-up the account that is replaced.
    """

    call_id: str
    at: float
    kind: str
    by: Party
    target: str


@dataclass(slots=True)
class TransferEnded:
    """What became of it: status 200, or the status of the failure; the call went on as it was."""

    call_id: str
    at: float
    kind: str
    status: int


@dataclass(slots=True)
class CallEnded:
    """The call is over.

    `outcome` is `answered`, `missed`, `refused`, `busy`, `abandoned` or `failed`; `by` is
    `caller`, `callee` or `server`; `status` is the SIP status the caller got when not answered.
    """

    call_id: str
    at: float
    outcome: str
    by: str
    reason: str
    status: int


CallFact = (
    CallStarted
    | CallRefused
    | StageStarted
    | TargetSkipped
    | StageSkipped
    | StageEnded
    | LegStarted
    | LegRang
    | LegAnswered
    | LegFailed
    | LegRerouted
    | LegReleased
    | TransferStarted
    | TransferEnded
    | CallEnded
)
