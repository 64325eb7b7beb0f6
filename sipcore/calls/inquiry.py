"""Dialling and Inquiry: one dialled number with all that a call type may look at to answer it."""

from collections.abc import Callable
from typing import Final, final

from directory.queries.dial import DialAccount, DialOwner, DialSite
from directory.ringing import OPEN, Ringing
from sipcore.b2bua.plan import Party, Refusal, RingPlan, RingStage, SkippedTarget, Target
from sipcore.calls.ring_policy import policy_of
from sipcore.kernel.memo import keep

Answer = RingPlan | Refusal
"""What becomes of a call to a number."""
Member = Target | SkippedTarget
"""Somebody who belongs to a stage, in or out."""
NO_TRANSIT: Final = "no_transit"
"""A call that came in from a trunk rings no other telephone."""
_parties: Final[dict[str, tuple[DialAccount, Party]]] = {}
"""Parties by user, with the account each was made of: a changed account is another object."""


class Reach:
    """What can be reached at this moment; questions that must not wait."""

    __slots__ = ("fallbacks", "reachable", "toll", "trunk", "wakes")

    def __init__(
        self,
        reachable: Callable[[str], bool],
        trunk: Callable[[DialSite], str | None],
        fallbacks: Callable[[DialSite], tuple[str, ...]] | None = None,
        toll: Callable[[DialSite, str, int], str | None] | None = None,
        wakes: Callable[[str], bool] | None = None,
    ) -> None:
        self.reachable = reachable
        """Whether the account with that user part has a live contact."""
        self.trunk = trunk
        """Name of the trunk that carries the site's landline calls; None when there is none."""
        self.fallbacks = fallbacks or _no_fallbacks
        """Names of the trunks that take over when that one cannot carry a call."""
        self.toll = toll or _no_toll
        """Why the site may not ring a number beside so many others; None when it may."""
        self.wakes = wakes or nobody
        """Whether a push can wake the app with that user part (G03)."""

    def without_telephones(self) -> "Reach":
        """The same for a call that came from a telephone: it goes to no other one."""
        return Reach(self.reachable, self.trunk, self.fallbacks, _no_transit, self.wakes)

    def with_everybody(self) -> "Reach":
        """The same as if every account were registered."""
        return Reach(_always, self.trunk, self.fallbacks, self.toll, self.wakes)


def nobody(_user: str) -> bool:
    """No app can be woken."""
    return False


class Dialling:
    """An account of a known site names somebody by number, in a call or a message.

    Never changed once it is made.
    """

    __slots__ = ("at", "caller", "dialled", "is_visit", "site")

    def __init__(self, caller: DialAccount, site: DialSite, dialled: str, at: float = 0.0) -> None:
        self.caller = caller
        self.site = site
        """The caller's own site; no call type ever sees another one."""
        self.dialled = dialled
        self.is_visit = caller.kind == "door"
        """True when a door phone's button made the call."""
        self.at = at
        """The moment of it, seconds since the epoch UTC."""

    def refuse(self, status: int, reason: str) -> Refusal:
        """The call may not be made: SIP status for the caller, reason for the record."""
        return Refusal(status, reason, party_of(self.caller), self.dialled, self.is_visit)


@final
class Inquiry(Dialling):
    """Somebody is to be rung at that number."""

    __slots__ = ("override", "reach")

    def __init__(
        self,
        caller: DialAccount,
        site: DialSite,
        dialled: str,
        reach: Reach,
        at: float = 0.0,
        override: bool = False,
    ) -> None:
        super().__init__(caller, site, dialled, at)
        self.reach = reach
        self.override = override
        """Whether quiet hours and do-not-disturb are overridden: a second press (G09)."""

    def plan(
        self,
        call_type: str,
        stages: tuple[RingStage, ...],
        *,
        callee: str,
        apartment_id: int | None = None,
        notes: tuple[str, ...] = (),
        own: Ringing = OPEN,
        rounds: int = 1,
    ) -> RingPlan:
        """The plan of that call type for this caller and number; `own` is the owner's settings."""
        return RingPlan(
            call_type,
            party_of(self.caller),
            self.dialled,
            stages,
            self.is_visit,
            callee,
            apartment_id,
            policy_of(self.site, own, self.is_visit),
            notes,
            rounds,
        )


@final
class Meant:
    """Whom a number means; the caller has the right to reach them."""

    __slots__ = ("accounts", "owner", "ring")

    def __init__(
        self,
        accounts: tuple[DialAccount, ...],
        ring: Callable[[Inquiry], Answer],
        owner: DialOwner | None = None,
    ) -> None:
        self.accounts = accounts
        """All of them, for messages; empty when what they have is off."""
        self.ring = ring
        """How a call rings them."""
        self.owner = owner
        """The apartment or person, whose quiet hours count; None when none was dialled."""


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
