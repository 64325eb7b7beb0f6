"""Planner: the CallPlanner port over the dial directory, and its what-if form.

Both use the same call types, so that what `doorline plan` shows is what the next press does.
"""

from directory.account_status import has_expired
from directory.queries.dial import DialAccount, DialDirectory, DialSite
from sipcore.b2bua.plan import CallRequest, Party, Refusal
from sipcore.calls import CALL_TYPES
from sipcore.calls.inquiry import Answer, Dialling, Inquiry, Meant, Reach, party_of, stranger
from sipcore.calls.quiet import hush, is_for_help
from sipcore.calls.rules import same_household

MAX_DIALLED = 160
"""Characters of a dialled text that are looked at and recorded: the longest building name (128),
a separator and an apartment number fit in."""

UNKNOWN_NUMBER = "unknown_number"
"""Nothing of the caller's site answers to the number; numbers of other sites look the same."""
UNKNOWN_CALLER = "unknown_caller"
"""The caller's account is gone, or has no site."""
CALLER_DISABLED = "caller_disabled"
"""The caller's account is switched off."""
CALLER_EXPIRED = "caller_expired"
"""The caller's account has expired: it reaches guards and the emergency number, nobody else."""
UNKNOWN_SITE = "unknown_site"
"""Simulation only: there is no such site."""


class Planner:
    """Answers call requests from memory; total, never raises, never waits."""

    __slots__ = ("_directory", "_reach")

    def __init__(
        self,
        directory: DialDirectory,
        reach: Reach,
    ) -> None:
        self._directory = directory
        self._reach = reach

    def plan(self, request: CallRequest) -> Answer:
        """The ring plan of an authenticated caller's call, or the refusal."""
        dialled = request.dialled.strip()[:MAX_DIALLED]
        directory = self._directory
        caller = directory.account(request.caller_user)
        site = None if caller is None else directory.sites.get(caller.site_id)
        if caller is None or site is None:
            return Refusal(403, UNKNOWN_CALLER, stranger(request.caller_user), dialled)
        if not caller.enabled:
            is_visit = caller.kind == "door"
            return Refusal(403, CALLER_DISABLED, party_of(caller), dialled, is_visit)
        return ask(Inquiry(caller, site, dialled, self._reach, request.at, request.override))

    def may_pick_up(self, user: str, party: Party, at: float) -> Party | None:
        """The account as a party when it may take that party's place in a call, else None.

        The account itself may (a resident walks from one phone to another), so may phones of the
        same household and the site's guard phones; never a door, nor what is blocked or has expired
        (F169).
        """
        account = self._directory.account(user)
        other = self._directory.account(party.user)
        if account is None or other is None or not account.enabled:
            return None
        if has_expired(account.expires_at, at) or self._is_shut(account, at):
            return None
        if account.site_id != other.site_id or account.kind == "door" or other.kind == "door":
            return None
        is_own = account.user == other.user or same_household(account, other)
        return party_of(account) if is_own or account.kind == "guard" else None

    def _is_shut(self, account: DialAccount, at: float) -> bool:
        """Whether the apartment or person it belongs to is blocked or has expired."""
        site = self._directory.sites.get(account.site_id)
        owner = None if site is None else site.owner_of(account)
        return owner is not None and (owner.blocked or has_expired(owner.expires_at, at))

    def simulate(
        self,
        site_id: int,
        dialled: str,
        *,
        building: str | None = None,
        caller: str | None = None,
        assume_reachable: bool = False,
        at: float = 0.0,
    ) -> Answer:
        """What would happen if that number were dialled at that moment; rings nobody.

        `building` puts the apartment's building before the number, as at a gate. `caller` is the
        account user, device id or display name of the device that dials; None stands for a door
        phone at the site's gate. `assume_reachable` plans as if every account were registered.
        `at` is in seconds since the epoch, UTC.
        """
        number = dialled.strip() if building is None else f"{building.strip()}*{dialled.strip()}"
        number = number[:MAX_DIALLED]
        site = self._directory.sites.get(site_id)
        if site is None:
            return Refusal(404, UNKNOWN_SITE, stranger(caller or ""), number)
        account = any_door(site) if caller is None else find_caller(site, caller)
        if account is None:
            return Refusal(403, UNKNOWN_CALLER, stranger(caller or ""), number)
        if not account.enabled:
            is_visit = account.kind == "door"
            return Refusal(403, CALLER_DISABLED, party_of(account), number, is_visit)
        reach = self._reach.with_everybody() if assume_reachable else self._reach
        return ask(Inquiry(account, site, number, reach, at))


def meant(dialling: Dialling) -> Meant | Refusal:
    """Whom the number means to the first call type that knows it; 404 when none does."""
    if dialling.dialled:
        for call_type in CALL_TYPES:
            found = call_type(dialling)
            if found is not None:
                return found
    return dialling.refuse(404, UNKNOWN_NUMBER)


def ask(inquiry: Inquiry) -> Answer:
    """The plan that rings whom the number means, or the refusal."""
    found = meant(inquiry)
    if isinstance(found, Refusal):
        return found
    answer = found.ring(inquiry)
    if has_expired(inquiry.caller.expires_at, inquiry.at) and not is_for_help(answer):
        return inquiry.refuse(403, CALLER_EXPIRED)
    return hush(inquiry, answer, found.owner) if inquiry.site.quiet else answer


def find_caller(site: DialSite, text: str) -> DialAccount | None:
    """The account a person means by user part, device id or display name; None when unclear."""
    wanted = text.strip()
    if not wanted or wanted in site.accounts:
        return site.accounts.get(wanted)
    folded = wanted.casefold()
    by_device = [
        account
        for account in site.accounts.values()
        if account.device_id is not None and str(account.device_id) == wanted
    ]
    by_name = [
        account for account in site.accounts.values() if account.display.casefold() == folded
    ]
    matches = by_device or by_name
    return matches[0] if len(matches) == 1 else None


def any_door(site: DialSite) -> DialAccount:
    """A door phone at the gate that stands for all of them; it has no account to be rung at."""
    return DialAccount(0, "", "door", "any door phone", site.site_id)
