"""Dialling and Inquiry: one dialled number with all that a call type may look at to answer it."""

from collections.abc import Callable
from typing import Final, final

from directory.queries.dial import DialAccount, DialSite
from sipcore.b2bua.plan import Party, Refusal, RingPlan, RingStage, SkippedTarget, Target
from sipcore.b2bua.policy import USUAL, VISIT, RingPolicy
from sipcore.kernel.memo import keep

Answer = RingPlan | Refusal
"""What becomes of a call to a number."""
Member = Target | SkippedTarget
"""Somebody who belongs to a stage, in or out."""
_ONE_FOR_ALL: Final = RingPolicy(declined=VISIT, global_failure=VISIT)
NO_TRANSIT: Final = "no_transit"
"""A call that came in from a trunk rings no other telephone."""
_parties: Final[dict[str, tuple[DialAccount, Party]]] = {}
"""Parties by user, with the account each was made of: a changed account is another object."""


class Reach:
    """What can be reached at this moment; questions that must not wait."""

    __slots__ = ("fallbacks", "reachable", "toll", "trunk")

    def __init__(
        self,
        reachable: Callable[[str], bool],
        trunk: Callable[[DialSite], str | None],
        fallbacks: Callable[[DialSite], tuple[str, ...]] | None = None,
        toll: Callable[[DialSite, str, int], str | None] | None = None,
    ) -> None:
        self.reachable = reachable
        """Whether the account with that user part has a live contact."""
        self.trunk = trunk
        """Name of the trunk that carries the site's landline calls; None when there is none."""
        self.fallbacks = fallbacks or _no_fallbacks
        """Names of the trunks that take over when that one cannot carry a call."""
        self.toll = toll or _no_toll
        """Why the site may not ring a number beside so many others; None when it may."""

    def without_telephones(self) -> "Reach":
        """The same for a call that came from a telephone: it goes to no other one."""
        return Reach(self.reachable, self.trunk, self.fallbacks, _no_transit)

    def with_everybody(self) -> "Reach":
        """The same as if every account were registered."""
        return Reach(_always, self.trunk, self.fallbacks, self.toll)


class Dialling:
    """An account of a known site names somebody by number, in a call or a message.

    Never changed once it is made.
    """

    __slots__ = ("caller", "dialled", "is_visit", "site")

    def __init__(self, caller: DialAccount, site: DialSite, dialled: str) -> None:
        self.caller = caller
        self.site = site
        """The caller's own site; no call type ever sees another one."""
        self.dialled = dialled
        self.is_visit = caller.kind == "door"
        """True when a door phone's button made the call."""

    def refuse(self, status: int, reason: str) -> Refusal:
        """The call may not be made: SIP status for the caller, reason for the record."""
        return Refusal(status, reason, party_of(self.caller), self.dialled, self.is_visit)


@final
class Inquiry(Dialling):
    """Somebody is to be rung at that number."""

    __slots__ = ("reach",)

    def __init__(self, caller: DialAccount, site: DialSite, dialled: str, reach: Reach) -> None:
        super().__init__(caller, site, dialled)
        self.reach = reach

    def plan(
        self,
        call_type: str,
        stages: tuple[RingStage, ...],
        *,
        callee: str,
        apartment_id: int | None = None,
        notes: tuple[str, ...] = (),
    ) -> RingPlan:
        """The plan of that call type for this caller and number."""
        return RingPlan(
            call_type,
            party_of(self.caller),
            self.dialled,
            stages,
            self.is_visit,
            callee,
            apartment_id,
            _ONE_FOR_ALL if self.site.decline_ends_call else USUAL,
            notes,
        )


@final
class Meant:
    """Whom a number means; the caller has the right to reach them."""

    __slots__ = ("accounts", "ring")

    def __init__(
        self, accounts: tuple[DialAccount, ...], ring: Callable[[Inquiry], Answer]
    ) -> None:
        self.accounts = accounts
        """All of them, for messages; empty when what they have is off."""
        self.ring = ring
        """How a call rings them."""


CallRule = Callable[[Dialling], Meant | Refusal | None]
"""A call type: whom a number means that is its business, None for any other number."""


def party_of(account: DialAccount) -> Party:
    """An account as plans and records name it."""
    known = _parties.get(account.user)
    if known is not None and known[0] is account:
        return known[1]
    # A door phone is no person: who stands before the door shall not hide which door it is. Nor
    # does anybody read there, but some doors open at a word (device facts §5.4).
    is_door, is_phone = account.kind == "door", account.kind == "landline"
    party = Party(
        account.kind,
        account.user,
        account.display,
        account.site_id,
        account.device_id,
        account.person_id,
        account.apartment_id,
        may_hide=not is_door,
        is_account=not is_phone,
        takes_text=not (is_door or is_phone),
    )
    return keep(_parties, account.user, (account, party))[1]


def stranger(user: str) -> Party:
    """Somebody who has no account here, as records name it."""
    return Party("unknown", user, is_account=False)


def _always(_user: str) -> bool:
    return True


def _no_fallbacks(_site: DialSite) -> tuple[str, ...]:
    return ()


def _no_transit(_site: DialSite, _number: str, _ahead: int) -> str | None:
    return NO_TRANSIT


def _no_toll(_site: DialSite, _number: str, _ahead: int) -> str | None:
    return None
