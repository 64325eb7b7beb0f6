"""Forking: how members of a stage become legs, and sleeping apps are woken (F084, G03).

A member is looked up when its turn comes and rung at each of its contacts, as many as the breadth
of the call allows. Whoever registers while the stage rings joins it: at a contact where it was not
rung yet, or where its leg had failed without a word. A phone that has spoken, by ringing or by
refusing, is not rung again because it refreshes its registration. Whoever unregisters is rung no
longer, and anew when it comes back.
"""

from typing import Final

from sipcore.b2bua import requests
from sipcore.b2bua.actions import Await
from sipcore.b2bua.facts import LegStarted, TargetSkipped, TargetWoken
from sipcore.b2bua.frame import CallFrame
from sipcore.b2bua.hunt import Hunt
from sipcore.b2bua.invitation import Invitation
from sipcore.b2bua.leg import Leg, LegState
from sipcore.b2bua.plan import Party, Target
from sipcore.b2bua.ports import Route
from sipcore.b2bua.release import ReleaseReason
from sipcore.b2bua.verdict import DECLINED
from sipcore.message.grammar import text
from sipcore.message.push_token import without_push_token

MAX_LATE: Final = 60
"""Legs of one call for phones that register while it rings: a phone may do so endlessly."""
Started = list[tuple[Leg, Route]]
"""Legs that are to be invited, and where."""


class Forking:
    """The B-legs of a call, and how they begin."""

    __slots__ = (
        "_awaits",
        "_frame",
        "_hunt",
        "_late",
        "_share",
        "_spoken",
        "_waking",
        "caller",
        "invitation",
        "legs",
    )

    def __init__(self, frame: CallFrame, hunt: Hunt, invitation: Invitation, caller: Party) -> None:
        self._frame = frame
        self._hunt = hunt
        self.invitation = invitation
        self.caller = caller
        """Whoever the called phones see."""
        self.legs: list[Leg] = []
        self._share = 1
        """Ways into which each leg of the present stage may be divided (RFC 5393)."""
        self._late = 0
        self._awaits = False
        self._waking: list[Target] | None = None
        """Members that are to be woken as soon as the stage has begun."""
        self._spoken: tuple[Leg, ...] = ()
        """Legs whose phone has answered with a failure, or is rung over another flow."""

    # -- members whose turn has come --------------------------------------------------------

    def gather(self, now: float) -> Started:
        """Legs for members whose turn has come, and for the next ones when nobody rings."""
        hunt, frame = self._hunt, self._frame
        legs: Started = []
        due = hunt.due(now)
        while due:
            for target in due:
                found = frame.routes(target, of_visit=target.wakes)
                is_rung = self._add(legs, target.party, found, target.confirms)
                if target.wakes:
                    hunt.woken(target.party.user)
                    self._waking = [*(self._waking or ()), target]
                elif not is_rung:
                    reason = "fork_limit" if found else frame.ports.locator.why_not(target)
                    at = frame.utc(now)
                    frame.record(TargetSkipped(frame.call_id, at, hunt.stage, target.party, reason))
            due = hunt.due(now)
        return legs

    def invite(self, legs: Started, now: float, breadth: int = 0) -> None:
        """Send their INVITEs, and have those woken who sleep.

        `breadth` is what each leg gets; 0: its share of what the caller allows.
        """
        if self._waking is not None:
            self._wake(now)
        if not legs:
            return
        frame, invitation = self._frame, self.invitation
        at, rest = frame.utc(now), 0
        if len(legs) == len(self._hunt.living):
            # The breadth is divided among those who ring together, and who are to join them.
            ways = min(len(legs) + self._hunt.coming, invitation.breadth)
            self._share, rest = divmod(invitation.breadth, ways)
        for index, (leg, route) in enumerate(legs):
            ways = breadth or self._share + (index < rest)
            contact = without_push_token(route.request_uri.decode("utf-8", "replace"))
            opening = requests.send_invite(frame, leg, route, invitation, ways)
            call_id, tag = text(opening.call_id), text(opening.local_tag)
            frame.record(
                LegStarted(
                    frame.call_id, at, leg.stage, leg.number, leg.party, contact, call_id, tag
                )
            )

    def relieve(self, leg: Leg, spare: Route, now: float) -> None:
        """Ring the party of a leg that failed another way, within the stage's time.

        A phone that comes back over the flow that failed is not rung there as well (RFC 5626 §7).
        """
        if spare.trunk is None:
            self._spoken += (leg,)
        legs: Started = []
        self._add(legs, leg.party, (spare,), leg.confirms)
        self.invite(legs, now)

    def _add(
        self, legs: Started, party: Party, routes: tuple[Route, ...], confirms: bool = False
    ) -> bool:
        """A leg for each of these contacts, as many as may ring at the same time."""
        hunt = self._hunt
        routes = routes[: max(0, self.invitation.breadth - len(hunt.living))]
        for route in routes:
            leg = Leg(
                len(self.legs) + 1,
                party,
                route.flow,
                route=route,
                stage=hunt.stage,
                confirms=confirms,
            )
            hunt.started(leg.number, party.user)
            self.legs.append(leg)
            legs.append((leg, route))
        return bool(routes)

    # -- members that come late -------------------------------------------------------------

    def listen(self) -> None:
        """Whoever of the stage registers from now on is to be told of."""
        users = self._hunt.users()
        if users or self._awaits:
            self._awaits = bool(users)
            self._frame.put(Await(users))

    def listen_no_more(self) -> None:
        """Nobody is wanted any more."""
        if self._awaits:
            self._awaits = False
            self._frame.put(Await(()))

    def registered(self, target: Target, now: float) -> None:
        """A member has registered: ring it where it was not rung."""
        hunt, user = self._hunt, target.party.user
        legs: Started = []
        routes = self._frame.routes(target, of_visit=target.wakes)
        # So it is behind a NAT that forgets, and with several flows (RFC 5626), of which the one
        # that was refreshed last counts: a new contact is that of a phone that rings already.
        moved = sum([leg.rang for leg, _ in self._elsewhere(user, routes)])
        for route in routes:
            known = self._leg_at(user, route)
            if known is None and moved:
                moved -= 1
            elif known is None or self._may_ring_again(known, route):
                if self._late < MAX_LATE and self._add(legs, target.party, (route,)):
                    self._late += 1
            elif known.state is LegState.CALLING and self._repeat(known):
                hunt.came(user)
        # Breadth was kept for whoever was woken; others take the least there is.
        breadth = 0 if target.wakes else 1
        if legs:
            hunt.came(user)
        self.invite(legs, now, breadth)

    def left(self, target: Target, left: tuple[bytes, ...]) -> tuple[Leg, ...]:
        """Living legs of a member at contacts that have left, and are not there again.

        Legs elsewhere ring on, though their contact may be known no more: it has only expired, or
        was replaced. For each new contact that is not rung one phone which rings has only moved
        there.
        """
        user = target.party.user
        routes = self._frame.routes(target, of_visit=target.wakes)
        moved = sum([self._leg_at(user, route) is None for route in routes])
        gone: list[Leg] = []
        for leg, contact in self._elsewhere(user, routes):
            if contact not in left:
                continue
            if leg.rang and moved:
                moved -= 1
            else:
                gone.append(leg)
        return tuple(gone)

    def spoke(self, leg: Leg, verdict: str) -> None:
        """The phone itself has refused: it is not rung again at that contact.

        That ends the wait for the account's sleeping app only where somebody declines, if ringing
        has not ended it before. A phone that is busy at once may be another one.
        """
        self._spoken += (leg,)
        if verdict == DECLINED:
            self._hunt.came(leg.party.user)

    def _elsewhere(self, user: str, routes: tuple[Route, ...]) -> list[tuple[Leg, bytes]]:
        """Living legs of an account at contacts that it has no more, and these contacts."""
        contacts = [route.request_uri for route in routes]
        living = [
            self.legs[number - 1] for number, rings in self._hunt.living.items() if rings == user
        ]
        at = [(leg, leg.route.request_uri) for leg in living if leg.route is not None]
        return [(leg, contact) for leg, contact in at if contact not in contacts]

    def _leg_at(self, user: str, route: Route) -> Leg | None:
        """The last leg of the present stage that rings this account at that contact."""
        for leg in reversed(self.legs):
            if leg.stage == self._hunt.stage and leg.party.user == user:
                known = leg.route
                if known is not None and known.request_uri == route.request_uri:
                    return leg
        return None

    def _may_ring_again(self, leg: Leg, route: Route) -> bool:
        if leg.state is LegState.ENDED:
            return leg not in self._spoken
        if leg.state is LegState.RELEASING:
            return True  # in a stage that rings: it had unregistered
        # The phone came back over another connection, and the INVITE went to the old one.
        use, old = leg.invite, leg.route
        is_unheard = use is not None and not use.heard
        return is_unheard and old is not None and old.flow != route.flow

    def _repeat(self, leg: Leg) -> bool:
        """Send an INVITE again that went to an app that slept; False when it had arrived.

        The next repetition by timer A may be 16 seconds away (RFC 3261 §17.1.1.2).
        """
        use = leg.invite
        if use is None or use.heard or not self._hunt.awaits(leg.party.user):
            return False
        if not use.flow.reliable:
            self._frame.transmit(use.data, use.flow)
        return True

    # -- pushes -----------------------------------------------------------------------------

    def call_off(self, reason: ReleaseReason) -> None:
        """Tell the apps that were woken in vain."""
        for user in self._hunt.called_off():
            self._frame.ports.waker.call_off(self._frame.call_id, user, reason.word)

    def won(self, leg: Leg) -> None:
        """A leg has won the call: other phones of its account that were woken are called off.

        One that registered for the call alone is told of in any case, though no push seemed to
        reach it: its account has to last as long as the call.
        """
        if leg.route is None:
            return
        was_woken = self._hunt.spare(leg.party.user)
        if was_woken or leg.account:
            frame = self._frame
            contact = leg.route.request_uri
            frame.ports.waker.answered(frame.call_id, leg.party.user, contact, leg.account)

    def _wake(self, now: float) -> None:
        frame, hunt = self._frame, self._hunt
        waking, self._waking = self._waking, None
        for target in waking or ():
            at, party = frame.utc(now), target.party
            frame.record(TargetWoken(frame.call_id, at, hunt.stage, party))
            frame.ports.waker.wake(frame.call_id, party, self.caller, hunt.time_left(now))
