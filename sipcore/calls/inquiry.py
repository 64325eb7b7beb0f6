"""Dialling and Inquiry: one dialled number with all that a call type may look at to answer it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, NamedTuple

from directory.queries.dial import DialAccount, DialSite
from sipcore.b2bua.plan import Party, Refusal, RingPlan, RingStage
from sipcore.kernel.memo import keep

Answer = RingPlan | Refusal
"""What becomes of a call to a number."""
_parties: Final[dict[str, tuple[DialAccount, Party]]] = {}
"""Parties by user, with the account each was made of: a changed account is another object."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be reached at this moment; two questions that must not wait."""

    reachable: Callable[[str], bool]
    """Whether the account with that user part has a live contact."""
    trunk: Callable[[DialSite], str | None]
    """Name of the trunk that carries the site's landline calls; None when there is none."""


@dataclass(slots=True)
class Dialling:
    """An account of a known site names somebody by number, in a call or a message.

    Never changed, but not frozen: each call makes one.
    """

    caller: DialAccount
    site: DialSite
    """The caller's own site; no call type ever sees another one."""
    dialled: str

    @property
    def is_visit(self) -> bool:
        """True when a door phone's button made the call."""
        return self.caller.kind == "door"

    def refuse(self, status: int, reason: str) -> Refusal:
        """The call may not be made: SIP status for the caller, reason for the record."""
        return Refusal(status, reason, party_of(self.caller), self.dialled, self.is_visit)


@dataclass(slots=True)
class Inquiry(Dialling):
    """Somebody is to be rung at that number."""

    reach: Reach

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
            call_type=call_type,
            caller=party_of(self.caller),
            dialled=self.dialled,
            stages=stages,
            is_visit=self.is_visit,
            callee=callee,
            apartment_id=apartment_id,
            decline_ends_call=self.site.decline_ends_call,
            notes=notes,
        )


class Meant(NamedTuple):
    """Whom a number means; the caller has the right to reach them."""

    accounts: tuple[DialAccount, ...]
    """All of them, for messages; empty when what they have is off."""
    ring: Callable[[Inquiry], Answer]
    """How a call rings them."""


CallRule = Callable[[Dialling], Meant | Refusal | None]
"""A call type: whom a number means that is its business, None for any other number."""


def party_of(account: DialAccount) -> Party:
    """An account as plans and records name it."""
    known = _parties.get(account.user)
    if known is not None and known[0] is account:
        return known[1]
    party = Party(
        kind=account.kind,
        user=account.user,
        display=account.display,
        site_id=account.site_id,
        device_id=account.device_id,
        person_id=account.person_id,
        apartment_id=account.apartment_id,
        # A door phone is no person: who stands before the door shall not hide which door it is.
        may_hide=account.kind != "door",
        # Nobody reads at a door, but some doors open at a word (device facts §5.4).
        takes_text=account.kind != "door",
    )
    return keep(_parties, account.user, (account, party))[1]


def stranger(user: str) -> Party:
    """Somebody who has no account here, as records name it."""
    return Party("unknown", user, is_account=False)
