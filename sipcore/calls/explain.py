"""Plans in words and as plain values, for `doorline plan`, the API and the record.

Both forms show every stage and every party of it, in or out, and why.
"""

from collections.abc import Iterator, Mapping

from sipcore.b2bua.plan import Party, Refusal, RingPlan, RingStage
from sipcore.calls.inquiry import Answer

REASONS: Mapping[str, str] = {
    "not_registered": "not registered",
    "landline_off": "the landline service of the site is off",
    "no_trunk": "no trunk carries landline calls",
    "app_off": "the app feature is off",
    "disabled": "the account is disabled",
    "is_caller": "is the one who calls",
    "none_configured": "there is none",
    "unknown_number": "nothing in this site has that number",
    "ambiguous_number": "several buildings have an apartment of that number: "
    "dial building*apartment",
    "unknown_caller": "the caller has no account in this site",
    "caller_disabled": "the caller's account is disabled",
    "unknown_site": "there is no such site",
    "inactive": "what was dialled is not activated",
    "blocked": "what was dialled is blocked",
    "account_expired": "the account has expired",
    "caller_expired": "the caller's account has expired",
    "no_stage": "the site has no guard phone",
    "apartments_may_not_call_each_other": "apartments of this site may not call each other",
    "door_may_not_call_door": "a door phone may not call another door",
    "monitor_not_allowed": "this door may not be called to look through it",
    "quiet_hours": "it is within quiet hours",
    "do_not_disturb": "do-not-disturb is switched on",
    "private_door": "this door belongs to another household",
}
"""Sentence for each machine-readable reason."""


def describe(answer: Answer) -> tuple[str, ...]:
    """Lines for a terminal: a heading, one line per stage and per party, then the notes."""
    if isinstance(answer, Refusal):
        return (
            f"{_party(answer.caller)} dials {answer.dialled!r}",
            f"refused with {answer.status} {answer.reason}: {sentence(answer.reason)}",
        )
    return tuple(_plan_lines(answer))


def as_values(answer: Answer) -> dict[str, object]:
    """The same as JSON-able values; the keys are alike for a plan and a refusal."""
    if isinstance(answer, Refusal):
        return {
            "call_type": "",
            "caller": _party_values(answer.caller),
            "dialled": answer.dialled,
            "callee": "",
            "apartment_id": None,
            "is_visit": answer.is_visit,
            "stages": [],
            "notes": [],
            "refusal": {
                "status": answer.status,
                "reason": answer.reason,
                "explanation": sentence(answer.reason),
            },
        }
    return {
        "call_type": answer.call_type,
        "caller": _party_values(answer.caller),
        "dialled": answer.dialled,
        "callee": answer.callee,
        "apartment_id": answer.apartment_id,
        "is_visit": answer.is_visit,
        "stages": [_stage_values(stage) for stage in answer.stages],
        "notes": list(answer.notes),
        "refusal": None,
    }


def sentence(reason: str) -> str:
    """A reason in words; an unknown one with its underscores taken out."""
    return REASONS.get(reason, reason.replace("_", " "))


def longest_ring(plan: RingPlan) -> float:
    """Seconds the caller may hear ringing at most: stages without targets take no time."""
    return sum(stage.timeout for stage in plan.stages if stage.targets)


def _plan_lines(plan: RingPlan) -> Iterator[str]:
    yield f"{_party(plan.caller)} dials {plan.dialled!r}: {plan.callee} ({plan.call_type})"
    for number, stage in enumerate(plan.stages, start=1):
        yield _stage_line(number, stage)
        for target in stage.targets:
            way = "" if target.trunk is None else f" through trunk {target.trunk}"
            yield f"  in   {_party(target.party)}{way}"
        for skipped in stage.skipped:
            yield f"  out  {_party(skipped.party)}: {sentence(skipped.reason)}"
    yield f"rings at most {longest_ring(plan):g} s in all"
    for note in plan.notes:
        yield f"note: {note}"


def _stage_line(number: int, stage: RingStage) -> str:
    if not stage.targets:
        return f"stage {number}: {stage.name}, skipped at once"
    return f"stage {number}: {stage.name}, {stage.timeout:g} s"


def _party(party: Party) -> str:
    words = [party.kind, party.user]
    if party.display:
        words.append(f'"{party.display}"')
    return " ".join(word for word in words if word)


def _stage_values(stage: RingStage) -> dict[str, object]:
    return {
        "name": stage.name,
        "timeout": stage.timeout,
        "targets": [
            _party_values(target.party) | {"trunk": target.trunk} for target in stage.targets
        ],
        "skipped": [
            _party_values(skipped.party)
            | {"reason": skipped.reason, "explanation": sentence(skipped.reason)}
            for skipped in stage.skipped
        ],
    }


def _party_values(party: Party) -> dict[str, object]:
    return {
        "kind": party.kind,
        "user": party.user,
        "display": party.display,
        "device_id": party.device_id,
        "person_id": party.person_id,
        "apartment_id": party.apartment_id,
    }
