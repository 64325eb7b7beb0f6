"""Dialogs: in which calls every account takes part, from the facts of calls (RFC 4235 §3.7).

Each leg with a phone of ours is one dialog as that phone sees it: its own tag is the local one,
ours the remote one. Telephone numbers of landlines are no accounts: their legs are nobody's
dialogs.

Few accounts are watched. The dialogs of a call are made when somebody watches one of those that
take part in it, out of what was heard until then; before that the facts are only kept.
"""

from collections.abc import Callable
from dataclasses import replace
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
from sipcore.events.heard_call import Formed, HeardCall
from sipcore.events.watched_dialog import TABLE, Input, Peer, State, WatchedDialog
from sipcore.message.grammar import text

_LOST: Final = frozenset(reason.value for reason in ReleaseReason if reason.is_loss)
_S, _I = State, Input


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
    """The dialogs of the phones in watched calls; as many as there are legs in them."""

    def __init__(self, tell: Tell) -> None:
        """`tell` hears of the dialogs of watched accounts."""
        self._tell = tell
        self._watched: set[str] = set()
        self._heard: dict[str, HeardCall] = {}
        """Calls whose dialogs nobody has asked for yet."""
        self._calls: dict[str, _Call] = {}
        """Calls whose dialogs were asked for; they are followed to the end."""
        self._users: dict[str, dict[str, WatchedDialog]] = {}

    def watch(self, user: str) -> None:
        """Somebody watches this account from now on."""
        self._watched.add(user)
        for call_id in [key for key, heard in self._heard.items() if user in heard.users]:
            self._follow(call_id)
        own = self._users.get(user)
        if own is not None and len(own) > 1:
            oldest_first = sorted(own.values(), key=lambda dialog: dialog.since)
            self._users[user] = {dialog.id: dialog for dialog in oldest_first}

    def unwatch(self, user: str) -> None:
        """Nobody watches this account any more."""
        self._watched.discard(user)

    def of(self, user: str) -> tuple[WatchedDialog, ...]:
        """The dialogs of a watched account, the oldest first."""
        return tuple(self._users.get(user, {}).values())

    def heard(self, fact: CallFact) -> None:
        """Something happened to a call; facts of unknown calls and unknown facts are ignored."""
        call_id = fact.call_id
        kept = self._heard.get(call_id)
        if kept is not None:
            if isinstance(fact, CallEnded):
                del self._heard[call_id]
            else:
                self._keep(call_id, kept, fact)
        elif isinstance(fact, CallStarted):
            self._heard[call_id] = kept = HeardCall(fact)
            if self._watched and kept.users[0] in self._watched:
                self._follow(call_id)
        else:
            call = self._calls.get(call_id)
            if call is not None:
                self._apply(call, fact)

    def identified(self, call_id: str, leg: Leg, key: tuple[bytes, bytes], is_over: bool) -> None:
        """A leg has a dialog with this Call-ID and tag of ours, or that dialog is over."""
        kept, call = self._heard.get(call_id), self._calls.get(call_id)
        if kept is None and call is None:
            return
        remote_tag, is_initiator = b"", True
        if not leg.is_caller:
            dialog = leg.dialog
            if is_over or dialog is None or dialog.key != key:
                return
            remote_tag, is_initiator = dialog.remote_tag, not dialog.is_caller
        formed = Formed(
            leg.number,
            key,
            remote_tag,
            is_caller=leg.is_caller,
            is_initiator=is_initiator,
            is_over=is_over,
        )
        if kept is not None:
            self._keep(call_id, kept, formed)
        elif call is not None:
            self._formed(call, formed)

    def _keep(self, call_id: str, kept: HeardCall, what: CallFact | Formed) -> None:
        """Keep it until somebody watches one of those that take part, or there is too much."""
        kept.keep(what)
        if kept.is_full or (self._watched and kept.users[-1] in self._watched):
            self._follow(call_id)

    def _follow(self, call_id: str) -> None:
        """Make the dialogs of a call out of what was heard of it."""
        for what in self._heard.pop(call_id).heard:
            if isinstance(what, CallStarted):
                self._started(what)
            elif isinstance(what, Formed):
                self._formed(self._calls[call_id], what)
            else:
                self._apply(self._calls[call_id], what)

    def _apply(self, call: _Call, fact: CallFact) -> None:
        """Something happened to a call that is followed."""
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

    def _formed(self, call: _Call, formed: Formed) -> None:
        sip_call_id, our_tag = formed.key
        if formed.is_caller:
            self._caller_identified(call, text(our_tag), formed.is_over)
            return
        known = call.legs.get(formed.leg)
        if known is not None and known.call_id:
            return
        found = _Identity(
            text(sip_call_id), text(formed.remote_tag), text(our_tag), formed.is_initiator
        )
        call.identities[formed.leg] = found
        if known is not None:
            self._put(call, formed.leg, found.of(known))

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
                    since=fact.at,
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
            since=fact.at,
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
            dialog.since,
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
        if dialog.user in self._watched:
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
