"""Dialogs: in which calls every account takes part, from the facts of calls (RFC 4235 §3.7).

Each leg with a phone of ours is one dialog as that phone sees it: its own tag is the local one,
ours the remote one. The figure of §3.7.1, one machine for callers and callees:

    trying --1xx without tag--> proceeding --1xx with tag--> early --2xx--> confirmed
       any of them --cancelled, rejected, replaced, local-bye, remote-bye, error, timeout-->
    terminated

Telephone numbers of landlines are no accounts: their legs are nobody's dialogs.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from sipcore.b2bua.facts import (
    CallEnded,
    CallFact,
    CallStarted,
    LegAnswered,
    LegFailed,
    LegRang,
    LegReleased,
    LegStarted,
    TransferEnded,
    TransferStarted,
)
from sipcore.b2bua.leg import Leg
from sipcore.b2bua.plan import Party, RingPlan
from sipcore.b2bua.release import ReleaseReason
from sipcore.message.grammar import text

_LOST: Final = frozenset(reason.value for reason in ReleaseReason if reason.is_loss)


class State(StrEnum):
    """States of RFC 4235 §3.7.1, as its documents write them."""

    TRYING = "trying"
    PROCEEDING = "proceeding"
    EARLY = "early"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Input(StrEnum):
    """What can happen to a dialog; those that end it are the values of the attribute `event`."""

    RANG = "1xx-notag"
    RANG_WITH_TAG = "1xx-tag"
    ANSWERED = "2xx"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    REPLACED = "replaced"
    LOCAL_BYE = "local-bye"
    REMOTE_BYE = "remote-bye"
    ERROR = "error"
    TIMEOUT = "timeout"


_S, _I = State, Input
_BEFORE = (_S.TRYING, _S.PROCEEDING, _S.EARLY)
TABLE: Final = MappingProxyType(
    {
        (_S.TRYING, _I.RANG): _S.PROCEEDING,
        (_S.TRYING, _I.RANG_WITH_TAG): _S.EARLY,
        (_S.PROCEEDING, _I.RANG_WITH_TAG): _S.EARLY,
        **{(state, _I.ANSWERED): _S.CONFIRMED for state in _BEFORE},
        **{
            (state, end): _S.TERMINATED
            for state in _BEFORE
            for end in (_I.CANCELLED, _I.REJECTED, _I.REPLACED, _I.ERROR, _I.TIMEOUT)
        },
        **{
            (_S.CONFIRMED, end): _S.TERMINATED
            for end in (_I.LOCAL_BYE, _I.REMOTE_BYE, _I.REPLACED, _I.ERROR, _I.TIMEOUT)
        },
    }
)
"""(state, input) → next state; any other input changes nothing."""


@dataclass(frozen=True, slots=True)
class Peer:
    """Who is at the other end, as the watched phone was told."""

    user: str
    display: str


@dataclass(slots=True)
class WatchedDialog:
    """One dialog of a phone, from that phone's point of view; never changed, only replaced.

    Not frozen, as facts are not: each message of a call makes some, whether anybody watches or not.
    """

    id: str
    user: str
    """Account of the phone."""
    display: str
    is_initiator: bool
    call_id: str
    local_tag: str
    """The phone's tag; empty as long as it has not said one."""
    remote_tag: str
    """Our tag; empty as long as the phone was not told one."""
    peer: Peer | None
    """None when the other end is outside the phone's site, or wants to stay unnamed."""
    state: State = State.TRYING
    event: str = ""
    """What ended it."""
    code: int = 0
    """SIP status that ended it; 0 when none did."""


class _Identity(NamedTuple):
    """What identifies a dialog that formed otherwise than by an INVITE of ours."""

    call_id: str
    local_tag: str
    remote_tag: str
    is_initiator: bool

    def of(self, dialog: WatchedDialog) -> WatchedDialog:
        """The dialog with this identity."""
        call_id, local_tag, remote_tag, is_initiator = self
        return replace(
            dialog,
            call_id=call_id,
            local_tag=local_tag,
            remote_tag=remote_tag,
            is_initiator=is_initiator,
        )


class _Call:
    """The dialogs of one call by the number of their leg."""

    __slots__ = ("answered", "caller_tags", "identities", "is_private", "leaves", "legs", "plan")

    def __init__(self, plan: RingPlan, is_private: bool) -> None:
        self.plan = plan
        self.is_private = is_private
        self.leaves = ""
        """Account that the transfer going on would take out of the call."""
        self.legs: dict[int, WatchedDialog] = {}
        self.answered = -1
        """Number of the leg that won."""
        self.caller_tags: list[str] = []
        """Our tags of the dialogs that the caller knows of."""
        self.identities: dict[int, _Identity] = {}
        """Of legs whose dialog formed before they were told of, by number."""


Tell = Callable[[WatchedDialog], None]
"""Told of each change of a dialog."""


class Dialogs:
    """The dialogs of all phones; as many as there are legs in calls."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._calls: dict[str, _Call] = {}
        self._users: dict[str, dict[str, WatchedDialog]] = {}

    def of(self, user: str) -> tuple[WatchedDialog, ...]:
        """The dialogs of an account, the oldest first."""
        return tuple(self._users.get(user, {}).values())

    def heard(self, fact: CallFact) -> None:
        """Something happened to a call; facts of unknown calls and unknown facts are ignored."""
        if isinstance(fact, CallStarted):
            self._started(fact)
            return
        call = self._calls.get(fact.call_id)
        if call is None:
            return
        match fact:
            case LegStarted():
                self._leg_started(call, fact)
            case LegRang(leg=leg, tag=tag):
                self._move(call, leg, _I.RANG_WITH_TAG if tag else _I.RANG, local_tag=tag)
            case LegAnswered(leg=leg, tag=tag):
                call.answered = leg
                self._move(call, leg, _I.ANSWERED, local_tag=tag)
                self._move(call, 0, _I.ANSWERED)
            case LegFailed(leg=leg, status=status):
                self._move(call, leg, _I.TIMEOUT if status == 408 else _I.REJECTED, code=status)
            case LegReleased(leg=leg):
                self._move(call, leg, _I.CANCELLED)
            case TransferStarted(kind=kind, by=by, target=target):
                call.leaves = target if kind == "pick_up" else by.user
            case TransferEnded(kind=kind, status=200):
                self._passed_on(call, kind, call.leaves)
            case CallEnded():
                self._ended(call, fact)

    def identified(self, call_id: str, leg: Leg, key: tuple[bytes, bytes], is_over: bool) -> None:
        """A leg has a dialog with this Call-ID and tag of ours, or that dialog is over."""
        call = self._calls.get(call_id)
        if call is None:
            return
        if leg.is_caller:
            self._caller_identified(call, text(key[1]), is_over)
        elif not is_over and leg.dialog is not None and leg.dialog.key == key:
            known = call.legs.get(leg.number)
            if known is not None and known.call_id:
                return
            dialog = leg.dialog
            found = _Identity(
                text(key[0]), text(dialog.remote_tag), text(key[1]), not dialog.is_caller
            )
            call.identities[leg.number] = found
            if known is not None:
                self._put(call, leg.number, found.of(known))

    def _caller_identified(self, call: _Call, written: str, is_over: bool) -> None:
        tags = call.caller_tags
        if not is_over:
            tags.append(written)
        elif written in tags and len(tags) > 1:
            tags.remove(written)
        if tags:
            self._move(call, 0, _I.RANG_WITH_TAG, remote_tag=tags[-1])

    def _started(self, fact: CallStarted) -> None:
        plan = fact.plan
        self._calls[fact.call_id] = call = _Call(plan, fact.is_private)
        caller = plan.caller
        if caller.is_account:
            self._put(
                call,
                0,
                WatchedDialog(
                    f"{fact.call_id}-0",
                    caller.user,
                    caller.display,
                    True,
                    fact.sip_call_id,
                    fact.caller_tag,
                    "",
                    Peer(plan.dialled, plan.callee),
                ),
            )

    def _leg_started(self, call: _Call, fact: LegStarted) -> None:
        party = fact.party
        if not party.is_account:
            return
        dialog = WatchedDialog(
            f"{fact.call_id}-{fact.leg}",
            party.user,
            party.display,
            False,
            fact.sip_call_id,
            "",
            fact.tag,
            None if call.is_private else _peer(call.plan.caller, party),
        )
        known = call.identities.get(fact.leg)
        if known is not None and not fact.sip_call_id:
            dialog = known.of(dialog)
        self._put(call, fact.leg, dialog)

    def _passed_on(self, call: _Call, kind: str, user: str) -> None:
        """A call was passed on or picked up: `user` is the one who has left it."""
        stimulus = _I.REPLACED if kind == "pick_up" else _I.REMOTE_BYE
        for leg, dialog in tuple(call.legs.items()):
            if dialog.user == user and dialog.state is _S.CONFIRMED:
                self._move(call, leg, stimulus)
                return

    def _ended(self, call: _Call, fact: CallEnded) -> None:
        del self._calls[fact.call_id]
        if call.answered < 0:
            given_up = fact.by == "caller"
            self._move(call, 0, _I.CANCELLED if given_up else _I.REJECTED, code=fact.status)
        for leg in tuple(call.legs):
            self._move(call, leg, _end(fact, is_caller=leg == 0))
            self._move(call, leg, _I.CANCELLED)  # whoever was still being rung

    def _move(
        self,
        call: _Call,
        leg: int,
        stimulus: Input,
        *,
        local_tag: str = "",
        remote_tag: str = "",
        code: int = 0,
    ) -> None:
        dialog = call.legs.get(leg)
        if dialog is None:
            return
        state = TABLE.get((dialog.state, stimulus), dialog.state)
        is_over = state is _S.TERMINATED
        local_tag, remote_tag = local_tag or dialog.local_tag, remote_tag or dialog.remote_tag
        if (state, local_tag, remote_tag) == (dialog.state, dialog.local_tag, dialog.remote_tag):
            return
        changed = WatchedDialog(
            dialog.id,
            dialog.user,
            dialog.display,
            dialog.is_initiator,
            dialog.call_id,
            local_tag,
            remote_tag,
            dialog.peer,
            state,
            stimulus.value if is_over else "",
            code if is_over else 0,
        )
        self._put(call, leg, changed)

    def _put(self, call: _Call, leg: int, dialog: WatchedDialog) -> None:
        if dialog.state is _S.TERMINATED:
            call.legs.pop(leg, None)
            own = self._users.get(dialog.user, {})
            own.pop(dialog.id, None)
            if not own:
                self._users.pop(dialog.user, None)
        else:
            call.legs[leg] = dialog
            self._users.setdefault(dialog.user, {})[dialog.id] = dialog
        self._tell(dialog)


def _peer(other: Party, party: Party) -> Peer | None:
    """The other end, when it belongs to the same site."""
    if other.site_id is None or other.site_id != party.site_id:
        return None
    return Peer(other.user, other.display)


def _end(fact: CallEnded, *, is_caller: bool) -> Input:
    """What ended an answered call, as one of its two phones sees it."""
    if fact.reason in _LOST:  # RFC 4235 §3.7.1: a request in the dialog brought no response
        return _I.TIMEOUT
    if fact.by == "server":
        return _I.REMOTE_BYE
    return _I.LOCAL_BYE if (fact.by == "caller") is is_caller else _I.REMOTE_BYE
