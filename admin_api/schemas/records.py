"""Answers about calls, visits, registrations, the door log and autop fetches."""

from typing import Annotated, Any

from pydantic import Field

from admin_api.schemas.base import Instant, Out


class Party(Out):
    """Somebody on one side of a call."""

    kind: Annotated[str, Field(description="`door`, `indoor`, `guard`, `app`, `landline`, …")]
    user: str
    display: str


class CallSummary(Out):
    """One call in one line, whatever number of legs it had (F271, F272)."""

    id: str
    site_id: int | None
    is_visit: bool
    kind: Annotated[
        str,
        Field(
            description="`sip` through this server, `ip` from device to device, as they report it."
        ),
    ]
    call_type: str
    caller: Party
    caller_device_id: int | None
    dialled: str
    receiver: Annotated[str, Field(description="Name of the apartment, person or group called.")]
    apartment_id: int | None
    started_at: Instant
    answered_at: Instant | None
    ended_at: Instant | None
    duration: Annotated[
        float | None, Field(description="Seconds from the answer to the end; null: unanswered.")
    ]
    outcome: Annotated[str | None, Field(description="Null while the call is open.")]
    status: Annotated[int | None, Field(description="SIP status the caller got.")]
    ended_by: str | None
    end_reason: str | None
    answered_by: Party | None
    missed: Annotated[
        bool,
        Field(
            description="Whether somebody's phone rang and nobody answered or declined. Decided "
            "when the call ends."
        ),
    ]
    opened_by: Annotated[str | None, Field(description="Who opened a door during the call.")]
    opened_by_user: Annotated[
        str | None, Field(description="Account user, or landline number, of who opened it.")
    ]
    opened_relay_id: Annotated[int | None, Field(description="The relay that was opened last.")]
    capture: Annotated[
        str | None, Field(description="Where the picture is that the door took, if any.")
    ] = None


class CallLeg(Out):
    """One B-leg: one contact that was rung."""

    leg: int
    stage: int
    party: Party
    contact: str
    started_at: Instant
    rang_at: Instant | None
    answered_at: Instant | None
    ended_at: Instant | None
    status: Annotated[int | None, Field(description="Final SIP status of its INVITE.")]
    outcome: Annotated[
        str | None,
        Field(description="`answered`, `declined` by a person, `failed`, or `released` by us."),
    ]
    reason: str | None
    device_id: int | None
    person_id: int | None
    sip_call_id: Annotated[
        str | None, Field(description="Call-ID of its INVITE, as a capture shows it.")
    ]


class SkippedParty(Out):
    """Somebody who belongs to a stage and was not rung."""

    party: Party
    reason: str


class CallStage(Out):
    """One ring stage with what became of it."""

    stage: int
    name: str
    started_at: Instant | None
    ended_at: Instant | None
    outcome: Annotated[
        str,
        Field(
            description="`answered`, `skipped`, `ringing`, `timeout`, `all_failed`, `declined`, "
            "`ring_limit`, `cancelled`."
        ),
    ]
    reason: Annotated[str | None, Field(description="Why a skipped stage was skipped.")]
    legs: tuple[CallLeg, ...]
    skipped: tuple[SkippedParty, ...]
    woken: Annotated[
        tuple[Party, ...], Field(description="Whose app a push was to wake, reached or not.")
    ] = ()


class TimelineEntry(Out):
    """One thing that happened."""

    at: Instant
    after: Annotated[float, Field(description="Seconds since the call's start.")]
    kind: str
    detail: dict[str, Any]


class CallDetails(CallSummary):
    """A call with its stages, legs and timeline."""

    stages: tuple[CallStage, ...]
    timeline: tuple[TimelineEntry, ...]


class Registration(Out):
    """One live binding."""

    user: str
    contact: str
    site_id: int | None
    kind: str
    display: str
    device_id: int | None
    person_id: int | None
    apartment_id: int | None
    transport: str
    source: Annotated[str, Field(description="Address the packets come from.")]
    user_agent: str
    updated_at: Instant
    expires_at: Instant
    path: tuple[str, ...]


class DoorLogRow(Out):
    """One row of the door log (F267), with the true outcome beside the response (F268)."""

    id: int
    happened_at: Instant
    site_id: int
    building_id: int | None
    building: str | None
    device_id: int | None
    device_name: str
    relay_id: int | None
    relay_name: str | None
    initiated_by: str
    actor_kind: str
    account_user: str | None
    person_id: int | None
    apartment_id: int | None
    apartment: str | None
    log_type: str
    action: str
    method: str
    key: Annotated[str | None, Field(description="Kind of credential; never its digits.")]
    key_id: Annotated[str | None, Field(description="Which credential, `relay:12`.")]
    response: str
    outcome: Annotated[str, Field(description="What truly became of it.")]
    reason: str | None
    status: Annotated[int | None, Field(description="SIP status of a call without an answer.")]
    capture: Annotated[str | None, Field(description="Picture taken, if any.")]
    call_id: Annotated[str | None, Field(description="The visit it happened in.")]


class AutopFetch(Out):
    """One fetch of one autop file."""

    id: int
    happened_at: Instant
    site_id: int | None
    device_id: int | None
    mac: str | None
    method: str
    file: Annotated[str | None, Field(description="Null when it is the name of no known file.")]
    kind: str | None
    status: int
    decision: Annotated[str, Field(description="Why it was served or refused.")]
    etag: str | None
    size: Annotated[int, Field(description="Octets of the body.")]
    once: Annotated[int, Field(description="One-time lines it carried.")]
    remote_address: str
    user_agent: str | None
    evidence: Annotated[str | None, Field(description="What the request said of itself.")]
    notes: str | None


class PlannedParty(Party):
    """Somebody in a simulated plan, with what it belongs to."""

    device_id: int | None
    person_id: int | None
    apartment_id: int | None


class PlannedTarget(PlannedParty):
    """Somebody who would be rung."""

    trunk: Annotated[str | None, Field(description="Trunk that carries a landline.")]
    delay: Annotated[float, Field(description="Seconds into the stage.")]
    wakes: Annotated[bool, Field(description="Whether a push wakes it.")]
    confirms: Annotated[bool, Field(description="Whether an answer counts only after a key.")]
    fallbacks: Annotated[
        list[str], Field(description="Trunks that take over when that one cannot carry the call.")
    ]


class PlannedSkip(PlannedParty):
    """Somebody who would not be rung, and why."""

    reason: str
    explanation: str


class PlannedStage(Out):
    """One stage of a simulated call."""

    name: str
    timeout: Annotated[float, Field(description="Seconds the stage may ring.")]
    targets: tuple[PlannedTarget, ...]
    skipped: tuple[PlannedSkip, ...]


class PlannedPolicy(Out):
    """What becomes of the call as a whole."""

    declined: Annotated[str, Field(description="What a decline ends: leg, stage or visit.")]
    global_failure: Annotated[str, Field(description="What any other 6xx ends.")]
    longest_ring: Annotated[float | None, Field(description="Seconds it may ring in all.")]
    early_status: Annotated[int, Field(description="What the caller hears at once; 0: nothing.")]
    landline_key: Annotated[str, Field(description="What takes a call where telephones confirm.")]


class PlanRefusal(Out):
    """Why the call would be refused."""

    status: Annotated[int, Field(description="SIP status for the caller.")]
    reason: str
    explanation: str


class CallPlan(Out):
    """What would happen if the button were pressed now; rings nobody."""

    call_type: str
    caller: PlannedParty
    dialled: str
    callee: str
    apartment_id: int | None
    is_visit: bool
    policy: PlannedPolicy | None
    rounds: Annotated[int, Field(description="How often the chain stands in `stages`.")]
    stages: tuple[PlannedStage, ...]
    notes: tuple[str, ...]
    refusal: PlanRefusal | None
