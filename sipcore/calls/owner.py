"""The plan of an owner: an apartment or person whose call type decides the chain (F077-F085)."""

from collections.abc import Callable

from directory.chain import OwnChain
from directory.kinds import CallType
from directory.queries.dial import DialOwner
from sipcore.b2bua.plan import Refusal
from sipcore.calls.chain import (
    Chain,
    chain_of,
    guard_place,
    has_guards,
    with_guards,
    without_guards,
)
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant
from sipcore.calls.ring_policy import passed_over, rounds_of
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
    """Stages as the owner's call type says, as often as there are rounds."""
    call_type = owner.call_type
    if not call_type and not owner.app_enabled:
        # F071: what is left without the app, whatever the site's call type is.
        call_type = str(CallType.INDOOR_ONLY)
    found, notes = chain_of(inquiry.site, call_type)
    chain, about_guards = _placed(inquiry, owner, found)
    rounds = rounds_of(inquiry.site, owner.ringing)
    stages = owner_stages(inquiry, owner, chain)
    return inquiry.plan(
        found.name,
        stages * rounds,
        callee=owner.display,
        apartment_id=owner.apartment_id,
        notes=(about_guards, *notes, *passed_over(inquiry.site, owner.ringing)),
        own=owner.ringing,
        rounds=rounds,
    )


def _placed(inquiry: Inquiry, owner: DialOwner, found: OwnChain) -> tuple[Chain, str]:
    """The stages with guards where they are wanted, and a sentence about that.

    Guards look after visitors: a call from a neighbour, or from a guard, does not ring them.
    """
    site = inquiry.site
    if not inquiry.is_visit:
        return without_guards(found), "guard phones ring for visitors only"
    if not site.guards:
        return found.stages, "the site has no guard phone"
    if not found.by_site or has_guards(found):
        return found.stages, "guard stage: the chain says"
    own = owner.ringing.guard_stage
    place = guard_place(found, own or site.guard_stage)
    if own is not None:
        chosen_by = "the apartment's choice"
    else:
        chosen_by = "the site's choice" if place == site.guard_stage else "the type's default"
    sentence = f"guard stage: {place.replace('_', ' ')} ({chosen_by})"
    return with_guards(found, place), sentence
