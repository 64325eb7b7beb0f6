"""Plans in words and as plain values, for `doorline plan`, the API and the record.

Both forms show every stage and every party of it, in or out, and why.
"""

from collections.abc import Iterator, Mapping

from sipcore.b2bua.plan import Party, Refusal, RingPlan, RingStage, Target
from sipcore.b2bua.policy import LEG, RingPolicy
from sipcore.calls.inquiry import Answer

REASONS: Mapping[str, str] = {
    "not_registered": "not registered",
    "landline_off": "the landline service of the site is off",
    "no_trunk": "no trunk carries landline calls",
    "landline_kind": "numbers of that kind (premium-rate, short or not allowed) are not called",
    "landline_country": "numbers of that country are not called",
    "landline_limit": "the site has as many landline calls as it may have at a time",
    "landline_day_limit": "the site has had as many landline calls as it may have on a day",
    "no_transit": "a call from a telephone rings no other telephone",
    "unknown_line": "that number of ours leads nowhere",
    "missing_site": "no site has the name that the settings give for that number",
    "repeated_site": "several sites have the name that the settings give for that number",
    "line_busy": "the trunk has as many incoming calls as it may have at a time",
    "door_not_by_telephone": "a door phone is not called from a telephone",
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
            "policy": None,
            "rounds": 1,
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
        "policy": {
            "declined": answer.policy.declined,
            "global_failure": answer.policy.global_failure,
            "longest_ring": answer.policy.longest,
            "early_status": answer.policy.early,
            "landline_key": answer.policy.key,
        },
        "rounds": answer.rounds,
        "stages": [_stage_values(stage) for stage in answer.stages],
        "notes": list(answer.notes),
        "refusal": None,
    }


def sentence(reason: str) -> str:
    """A reason in words; an unknown one with its underscores taken out."""
    return REASONS.get(reason, reason.replace("_", " "))


def longest_ring(plan: RingPlan) -> float:
    """Seconds the caller may hear ringing at most: stages without targets take no time.

    The cap counts, when it is shorter than the stages.
    """
    seconds = sum([stage.timeout for stage in plan.stages if stage.targets])
    longest = plan.policy.longest
    return seconds if longest is None else min(seconds, longest)


def _plan_lines(plan: RingPlan) -> Iterator[str]:
    yield f"{_party(plan.caller)} dials {plan.dialled!r}: {plan.callee} ({plan.call_type})"
    if plan.policy.early:
        yield f"the caller hears {plan.policy.early} at once"
    a_round = max(len(plan.stages) // max(plan.rounds, 1), 1)
    for number, stage in enumerate(plan.stages, start=1):
        if plan.rounds > 1 and (number - 1) % a_round == 0:
            yield f"round {(number - 1) // a_round + 1} of {plan.rounds}"
        yield _stage_line(number, stage)
        for target in stage.targets:
            yield f"  in   {_party(target.party)}{_way(target)}"
        for skipped in stage.skipped:
            yield f"  out  {_party(skipped.party)}: {sentence(skipped.reason)}"
    yield f"rings at most {longest_ring(plan):g} s in all{_cap(plan)}"
    yield from _policy_lines(plan.policy)
    for note in plan.notes:
        yield f"note: {note}"


def _way(target: Target) -> str:
    """How a party is rung, where that is not at once and directly."""
    trunks = ", then ".join((target.trunk or "", *target.fallbacks))
    way = f" through trunk {trunks}" if trunks else ""
    if target.delay:
        way += f", after {target.delay:g} s"
    if target.wakes:
        way += ", woken by a push"
    if target.confirms:
        way += ", must press a key"
    return way


def _cap(plan: RingPlan) -> str:
    longest = plan.policy.longest
    return "" if longest is None else f" (never longer than {longest:g} s)"


def _policy_lines(policy: RingPolicy) -> Iterator[str]:
    """What one phone can end for all, where that is not its own leg alone."""
    if policy.declined != LEG:
        yield f"a phone that declines ends the {policy.declined}"
    if policy.global_failure != LEG:
        yield f"any other 6xx ends the {policy.global_failure}"


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
            _party_values(target.party)
            | {
                "trunk": target.trunk,
                "fallbacks": list(target.fallbacks),
                "delay": target.delay,
                "wakes": target.wakes,
                "confirms": target.confirms,
            }
            for target in stage.targets
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
