"""Inquiry: one dialled number with all that a call type may look at to answer it."""

from collections.abc import Callable
from dataclasses import dataclass

from directory.queries.dial import DialAccount, DialSite
from sipcore.b2bua.plan import Party, Refusal, RingPlan, RingStage

Answer = RingPlan | Refusal
"""What a call type says about a number that is its own."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What can be reached at this moment; two questions that must not wait."""

    reachable: Callable[[str], bool]
    """Whether the account with that user part has a live contact."""
    trunk: Callable[[DialSite], str | None]
    """Name of the trunk that carries the site's landline calls; None when there is none."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A caller of a known site dials something."""

    caller: DialAccount
    site: DialSite
    """The caller's own site; no call type ever sees another one."""
    dialled: str
    reach: Reach

    @property
    def is_visit(self) -> bool:
        """True when a door phone's button made the call."""
        return self.caller.kind == "door"

    def refuse(self, status: int, reason: str) -> Refusal:
        """The call may not be made: SIP status for the caller, reason for the record."""
        return Refusal(status, reason, party_of(self.caller), self.dialled, self.is_visit)

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


CallRule = Callable[[Inquiry], Answer | None]
"""A call type: the answer to a number that is its business, None for any other number."""


def party_of(account: DialAccount) -> Party:
    """An account as plans and records name it."""
    return Party(
        kind=account.kind,
        user=account.user,
        display=account.display,
        site_id=account.site_id,
        device_id=account.device_id,
        person_id=account.person_id,
        apartment_id=account.apartment_id,
    )
