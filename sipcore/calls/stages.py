"""From kinds of parties to ring stages: who of them is in, who is out and why."""

from collections.abc import Collection, Sequence

from directory.account_status import has_expired
from directory.chain import SINGLE, ChainMember, ChainStage
from directory.kinds import GuardOrder
from directory.queries.dial import DialAccount, DialOwner
from directory.ringing import ALONE_MOST, OPEN, delay, ring_time
from sipcore.b2bua.plan import NOT_REGISTERED, Party, RingStage, SkippedTarget, Target
from sipcore.calls.chain import Chain
from sipcore.calls.inquiry import Inquiry, Member, party_of
from sipcore.calls.landline import landlines
from sipcore.calls.standing import ACCOUNT_EXPIRED

IN_ORDER = str(GuardOrder.IN_ORDER)
"""Guard phones of the site ring one after the other."""
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
        return NOT_REGISTERED
    return None


def weigh(
    inquiry: Inquiry, accounts: tuple[DialAccount, ...], *, app_enabled: bool = True
) -> list[Member]:
    """Each account as a target, or as a skipped one with the reason."""
    members: list[Member] = []
    for account in accounts:
        reason = why_not(inquiry, account, app_enabled=app_enabled)
        party = party_of(account)
        # An app that sleeps is no absent one: it rings where it registers when it was woken (G03).
        if reason is not None and reason != NOT_REGISTERED:
            members.append(SkippedTarget(party, reason))
        elif account.kind == "app" and inquiry.reach.wakes(account.user):
            members.append(Target(party, wakes=True))
        else:
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
    stages: list[RingStage] = []
    for stage in chain:
        stages += _owner_stages(inquiry, owner, stage, rung)
    return tuple(stages)


def _owner_stages(
    inquiry: Inquiry, owner: DialOwner, stage: ChainStage, rung: set[tuple[str, str]]
) -> list[RingStage]:
    """One stage, and one more for each guard phone that has to wait for its turn."""
    is_shared = len(stage.members) > 1
    targets: list[Target] = []
    skipped: list[SkippedTarget] = []
    waiting: list[Member] = []
    ordinary, timeout = 0.0, 0.0
    for member in stage.members:
        rings = owner_time(inquiry, owner, member.kind)
        if member.kind != "landline":
            ordinary = max(ordinary, rings)
        members = _members(inquiry, owner, member)
        if member.kind == "guard" and inquiry.site.guard_order == IN_ORDER:
            members, later = first_turn(members, rung, reachable=is_shared)
            waiting += later
        found = fill(member.kind, members, rings, rung=rung)
        seconds = _delay(inquiry, owner, member)
        skipped += [SkippedTarget(one.party, one.reason, seconds) for one in found.skipped]
        if not found.targets:
            continue
        timeout = max(timeout, rings)
        targets += [one.at(seconds) for one in found.targets] if seconds else found.targets
    if stage.ring_time is not None:
        timeout = stage.ring_time
    name = "+".join(stage.kinds)
    timeout = timeout or ordinary or owner_time(inquiry, owner, "landline")
    left_out = _looked_for(skipped, targets, timeout)
    first = RingStage(name, _begun(targets, timeout), timeout, left_out)
    return [first, *in_turn_stages(waiting, owner_time(inquiry, owner, "guard"), rung)]


def usual_time(inquiry: Inquiry, kind: str) -> float:
    """Seconds that kind rings in the site, when no owner has a say."""
    site = inquiry.site
    stage, landline = site.stage_timeout, site.landline_timeout
    return ring_time(kind, OPEN, None, site.ringing, stage, landline)


def first_turn(
    members: list[Member], rung: Collection[tuple[str, str]] = (), *, reachable: bool = False
) -> tuple[list[Member], list[Member]]:
    """Who of guards that ring in order rings first, and who has a turn later.

    Whoever is not registered has a turn of its own: it may have come by then. With `reachable` the
    first one is somebody who can be reached now, if anybody is: others wait in the same stage.
    Those who are left out for other reasons are named beside the first one.
    """
    turns: list[Member] = []
    out: list[Member] = []
    for member in members:
        if isinstance(member, SkippedTarget) and member.reason != NOT_REGISTERED:
            out.append(member)
        elif (member.party.kind, member.party.user) not in rung:
            turns.append(member)
    first = 0
    if reachable:
        there = [number for number, each in enumerate(turns) if isinstance(each, Target)]
        first = there[0] if there else 0
    now = turns[first : first + 1]
    return [*now, *out], [*turns[:first], *turns[first + 1 :]]


def in_turn_stages(
    members: Sequence[Member], timeout: float, rung: set[tuple[str, str]] | None = None
) -> list[RingStage]:
    """A stage for each of them; when they are very many, the last ones ring together."""
    alone, rest = members[:ALONE_MOST], members[ALONE_MOST:]
    stages = [fill("guard", [member], timeout, rung=rung) for member in alone]
    return [*stages, fill("guard", rest, timeout, rung=rung)] if rest else stages


def _members(inquiry: Inquiry, owner: DialOwner, member: ChainMember) -> list[Member]:
    """Everybody a member of a chain stands for; never empty."""
    if member.kind not in SINGLE:
        return candidates(inquiry, owner, member.kind)
    accounts = inquiry.site.accounts
    named = tuple([accounts[user] for user in member.users if user in accounts])
    found = weigh(inquiry, named)
    return found or [SkippedTarget(Party(member.kind, "", site_id=owner.site_id), NONE_CONFIGURED)]


def owner_time(inquiry: Inquiry, owner: DialOwner, kind: str) -> float:
    """Seconds that kind rings for the owner."""
    site = inquiry.site
    return ring_time(
        kind,
        owner.ringing,
        owner.stage_timeout,
        site.ringing,
        site.stage_timeout,
        site.landline_timeout,
    )


def _delay(inquiry: Inquiry, owner: DialOwner, member: ChainMember) -> float:
    if member.delay is not None:
        return member.delay
    return delay(member.kind, owner.ringing, inquiry.site.ringing)


def _begun(targets: list[Target], timeout: float) -> tuple[Target, ...]:
    """The targets with delays that make sense: the first ring at once, the last before the end."""
    least = min([target.delay for target in targets], default=0.0)
    greatest = max([target.delay for target in targets], default=0.0) - least
    if least == 0.0 and greatest < timeout:
        return tuple(targets)
    begun: list[Target] = []
    for target in targets:
        seconds = target.delay - least
        begun.append(target.at(seconds if seconds < timeout else timeout / 2))
    return tuple(begun)


def _looked_for(
    skipped: list[SkippedTarget], targets: list[Target], timeout: float
) -> tuple[SkippedTarget, ...]:
    """Who is out, each with the delay it has when it registers in time: that of its kind."""
    least = min([target.delay for target in targets], default=0.0)
    found: list[SkippedTarget] = []
    for one in skipped:
        seconds = max(0.0, one.delay - least) if one.reason == NOT_REGISTERED else 0.0
        seconds = seconds if seconds < timeout else timeout / 2
        found.append(SkippedTarget(one.party, one.reason, seconds))
    return tuple(found)


def fill(
    name: str,
    members: Sequence[Member],
    timeout: float,
    *,
    rung: set[tuple[str, str]] | None = None,
) -> RingStage:
    """One stage of these members.

    `rung` holds kind and user of everybody already in the plan; whoever is in it is left out, and
    the new ones are added.
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
    return RingStage(name, tuple(targets), timeout, tuple(skipped))
