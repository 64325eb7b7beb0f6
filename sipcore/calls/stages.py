"""From kinds of parties to ring stages: who of them is in, who is out and why."""

from directory.queries.dial import DialAccount, DialOwner
from sipcore.b2bua.plan import Party, RingStage, SkippedTarget, Target
from sipcore.calls.chain import Chain, Stage
from sipcore.calls.inquiry import Inquiry, Member, party_of
from sipcore.calls.landline import landlines
from sipcore.calls.standing import ACCOUNT_EXPIRED, has_expired

NONE_CONFIGURED = "none_configured"
"""The call type names a kind of party of which the owner has none."""


def why_not(inquiry: Inquiry, account: DialAccount, *, app_enabled: bool = True) -> str | None:
    """Why an account is left out of a plan; None when it rings (F068, F071)."""
    if account.kind == "app" and not app_enabled:
        return "app_off"
    if not account.enabled:
        return "disabled"
    if has_expired(account.expires_at, inquiry.at):
        return ACCOUNT_EXPIRED
    if account.user == inquiry.caller.user:
        return "is_caller"
    if not inquiry.reach.reachable(account.user):
        return "not_registered"
    return None


def weigh(
    inquiry: Inquiry, accounts: tuple[DialAccount, ...], *, app_enabled: bool = True
) -> list[Member]:
    """Each account as a target, or as a skipped one with the reason."""
    members: list[Member] = []
    for account in accounts:
        reason = why_not(inquiry, account, app_enabled=app_enabled)
        party = party_of(account)
        members.append(Target(party) if reason is None else SkippedTarget(party, reason))
    return members


def candidates(inquiry: Inquiry, owner: DialOwner, kind: str) -> list[Member]:
    """Everybody of one kind that belongs to the owner; never empty, so that a record says why."""
    found: list[Member] = []
    missing = NONE_CONFIGURED
    if kind == "app":
        found = weigh(inquiry, owner.apps, app_enabled=owner.app_enabled)
        missing = NONE_CONFIGURED if owner.app_enabled else "app_off"
    elif kind == "indoor":
        found = weigh(inquiry, owner.indoor)
    elif kind == "guard":
        found = weigh(inquiry, inquiry.site.guards)
    elif kind == "landline":
        found = landlines(inquiry, owner)
    return found or [SkippedTarget(Party(kind, "", site_id=owner.site_id), missing)]


def owner_stages(inquiry: Inquiry, owner: DialOwner, chain: Chain) -> tuple[RingStage, ...]:
    """The chain filled with the owner's parties; nobody is rung in two stages."""
    rung: set[tuple[str, str]] = set()
    return tuple([_owner_stage(inquiry, owner, stage, rung) for stage in chain])


def _owner_stage(
    inquiry: Inquiry, owner: DialOwner, stage: Stage, rung: set[tuple[str, str]]
) -> RingStage:
    members: list[Member] = []
    for kind in stage:
        members += candidates(inquiry, owner, kind)
    ordinary = owner.stage_timeout or inquiry.site.stage_timeout
    return fill("+".join(stage), members, ordinary, inquiry.site.landline_timeout, rung)


def fill(
    name: str,
    members: list[Member],
    timeout: float,
    landline_timeout: float = 0.0,
    rung: set[tuple[str, str]] | None = None,
) -> RingStage:
    """One stage of these members.

    A stage that rings a telephone lasts at least `landline_timeout`, for the telephone network
    takes its part of the time. `rung` holds kind and user of everybody already in the plan;
    whoever is in it is left out, and the new ones are added.
    """
    seen = set() if rung is None else rung
    targets: list[Target] = []
    skipped: list[SkippedTarget] = []
    for member in members:
        if isinstance(member, SkippedTarget):
            skipped.append(member)
            continue
        key = (member.party.kind, member.party.user)
        if key not in seen:
            seen.add(key)
            targets.append(member)
            if member.trunk is not None:
                timeout = max(timeout, landline_timeout)
    return RingStage(name, tuple(targets), timeout, tuple(skipped))
