"""The plan of an owner: an apartment or person whose call type decides the chain (F077-F085)."""

from collections.abc import Callable

from directory.kinds import GuardStage
from directory.queries.dial import DialOwner
from sipcore.b2bua.plan import Refusal
from sipcore.calls.chain import Chain, guard_stage, known_type, with_guards
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant
from sipcore.calls.rules import may_call_owner
from sipcore.calls.stages import owner_stages
from sipcore.calls.standing import closed


def meant_owner(
    dialling: Dialling, owner: DialOwner, ring: Callable[[Inquiry, DialOwner], Answer]
) -> Meant | Refusal:
    """The owner's household, rung that way, or why this caller may not reach it."""
    refused = closed(owner, dialling.at)
    if refused is not None:
        return dialling.refuse(*refused)
    reason = may_call_owner(dialling.caller, dialling.site, owner)
    if reason is not None:
        return dialling.refuse(403, reason)
    accounts = (*owner.indoor, *owner.apps) if owner.app_enabled else owner.indoor
    return Meant(accounts, lambda inquiry: ring(inquiry, owner), owner)


def ring_owner(inquiry: Inquiry, owner: DialOwner) -> Answer:
    """Stages as the owner's call type says."""
    call_type = known_type(owner.call_type)
    chain, notes = _chain(inquiry, call_type)
    if call_type != owner.call_type:
        notes += (f"the stored call type is unknown; planned as {call_type}",)
    return inquiry.plan(
        call_type,
        owner_stages(inquiry, owner, chain),
        callee=owner.display,
        apartment_id=owner.apartment_id,
        notes=notes,
    )


def _chain(inquiry: Inquiry, call_type: str) -> tuple[Chain, tuple[str, ...]]:
    """The chain with guards where the site wants them, and a sentence about that.

    Guards look after visitors: a call from a neighbour, or from a guard, does not ring them.
    """
    site = inquiry.site
    if not inquiry.is_visit:
        return with_guards(call_type, GuardStage.NEVER), ("guard phones ring for visitors only",)
    if not site.guards:
        return with_guards(call_type, GuardStage.NEVER), ("the site has no guard phone",)
    placement = guard_stage(call_type, site.guard_stage)
    chosen_by = "the site's choice" if placement == site.guard_stage else "the type's default"
    sentence = f"guard stage: {placement.replace('_', ' ')} ({chosen_by})"
    return with_guards(call_type, placement), (sentence,)
