"""Registrar: from a REGISTER to its complete answer, in one synchronous run.

Nothing is kept per request (RFC 3261 §8.2.7): a retransmission comes through here again. Without
credentials it gets another challenge; with them it is recognised by its nonce count, changes
nothing, and is answered from the bindings as they are.
"""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.capabilities import unsupported
from sipcore.message.content import not_understood
from sipcore.message.message import Request
from sipcore.registrar.answer import answer
from sipcore.registrar.binding import BindingChanged, Changes
from sipcore.registrar.credential import Credential
from sipcore.registrar.decision import decide
from sipcore.registrar.digest import Authenticated, Challenged, DigestAuthenticator, Verdict
from sipcore.registrar.local_names import LocalNames
from sipcore.registrar.location import Location
from sipcore.registrar.outcome import FOREIGN, FORGED, Accepted, Rejected
from sipcore.registrar.policy import RegistrarPolicy
from sipcore.registrar.push import promise
from sipcore.registrar.refresh import KnownPhones
from sipcore.registrar.visit_accounts import VisitAccount, VisitAccounts

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS: Final = (
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
)  # fmt: skip


class Answered(NamedTuple):
    """A REGISTER was answered."""

    status: int
    reply: bytes
    """The complete response."""
    verdict: Verdict
    """What the request proved about its sender, whatever the answer says."""


class Registrar:
    """Answers REGISTER for one domain."""

    def __init__(
        self,
        names: LocalNames,
        authenticator: DigestAuthenticator,
        location: Location,
        policy: RegistrarPolicy | None = None,
        visits: VisitAccounts | None = None,
    ) -> None:
        """`visits` are accounts that are good for one visit, if there are any."""
        self.location = location
        self._visits = visits
        self._names = names
        self._authenticator = authenticator
        self._policy = policy or RegistrarPolicy()
        self._domain = names.domain.encode()
        self._date = (0, b"")
        self.counters: dict[str, int] = dict.fromkeys(
            ("accepted", "repeated", "challenged", "stale", "rejected"), 0
        )

        self.known = KnownPhones(
            location, authenticator, self._policy, self.counters, self._date_line
        )
        """The short way for phones that send what they sent before."""

    def handle(self, request: Request, flow: Flow, now_utc: float) -> Answered:
        """Answer one REGISTER; total, never raises.

        `flow` is where the request came from, `now_utc` UTC seconds. The caller has checked the
        message's form (`check_request`).
        """
        # The numbers are those of the steps in RFC 3261 §10.3.
        refusal = self._check_target(request)  # 1, 2
        if refusal is not None:
            return self._reject(request, flow, refusal, refusal)
        verdict = self._authenticator.authenticate(request, now_utc, flow=flow)  # 3
        if isinstance(verdict, Authenticated):
            refusal = self._check_aor(request, verdict.credential)  # 4, 5
            if refusal is not None:
                return self._reject(request, flow, refusal, refusal)
            return self._register(request, verdict, flow, now_utc)
        if isinstance(verdict, Challenged):
            self.counters["stale" if verdict.is_stale else "challenged"] += 1
            reply = answer(request, flow, 401, b"Unauthorized", list(verdict.lines))
            return Answered(401, reply, verdict)
        return self._reject(request, flow, verdict, verdict)

    def _check_target(self, request: Request) -> Rejected | None:
        """Whether the request is for us, asks for nothing we lack and carries nothing unknown."""
        looked = self._names.look(request.uri)
        if looked is None:
            return Rejected(416)
        if not looked[1]:  # not our domain, and we are no proxy
            return FOREIGN
        missing = unsupported(request)
        if missing:
            return Rejected(420, extra=(b"Unsupported: " + missing,))
        unread = not_understood(request)
        return Rejected(415, extra=unread) if unread else None

    def _register(
        self, request: Request, verdict: Authenticated, flow: Flow, now_utc: float
    ) -> Answered:
        user, policy = verdict.credential.user, self._policy
        account = verdict.credential if isinstance(verdict.credential, VisitAccount) else None
        promised: list[bytes] = []
        if policy.push_services and account is None:
            answered = promise(request, policy.push_services, policy.default_expires)
            if isinstance(answered, Rejected):
                return self._reject(request, flow, answered, verdict)
            promised = answered
        existing = self.location.bindings(user) if account is None else account.live(now_utc)
        outcome = decide(request, user, existing, flow, now_utc, policy)  # 6, 7
        if verdict.is_repeat:
            if isinstance(outcome, Rejected) and not outcome.is_old:
                return self._reject(request, flow, outcome, verdict)
            # What it asked for was done when it came first.
            live = tuple(b for b in existing if b.expires_at > now_utc)
            path = outcome.path if isinstance(outcome, Accepted) else live[0].path if live else ()
            outcome = Accepted(Changes(live), path)
            self.counters["repeated"] += 1
        elif isinstance(outcome, Rejected):
            return self._reject(request, flow, outcome, verdict)
        elif account is not None:
            outcome = self._register_for_visit(account, outcome, now_utc)
            self.counters["accepted"] += 1
        else:
            self.location.apply(user, outcome.changes)
            if not promised:  # the short way promises nothing
                self.known.learn(request, flow, user, outcome)
            self.counters["accepted"] += 1
        lines = self._listing(outcome, now_utc) + promised
        interval = max((b.expires_at - now_utc for b in outcome.changes.after), default=0.0)
        if self._authenticator.time_left(verdict.nonce, now_utc) < interval:
            lines.append(self._authenticator.next_nonce(now_utc, flow))
        return Answered(200, answer(request, flow, 200, b"OK", lines), verdict)  # 8

    def _register_for_visit(
        self, account: VisitAccount, outcome: Accepted, now_utc: float
    ) -> Accepted:
        """Keep the contacts apart from those that everybody rings, and no longer than the visit."""
        after = tuple([binding.until(account.ends_at) for binding in outcome.changes.after])
        is_there = any(isinstance(fact, BindingChanged) for fact in outcome.changes.facts)
        if self._visits is not None:
            self._visits.registered(account, after, now_utc, is_there=is_there)
        return Accepted(Changes(after), outcome.path, outcome.is_outbound)

    def _check_aor(self, request: Request, credential: Credential) -> Rejected | None:
        """An account may change the bindings of its own AOR and of no other."""
        written = request.first(b"to")
        usual = b"<sip:%b@%b>" % (credential.user.encode(), self._domain)
        if written is not None and written.endswith(usual):
            return None
        try:
            uri = request.to.uri
        except BadMessage as error:
            return Rejected(400, error.reason.encode("utf-8", "replace"))
        if uri.scheme not in ("sip", "sips") or not self._names.covers(uri.host):
            return FOREIGN
        return None if uri.decoded_user == credential.user else FORGED

    def _listing(self, outcome: Accepted, now_utc: float) -> list[bytes]:
        """Header lines of a 200."""
        lines = [
            # A binding in its last half second is still there: 0 would say it is not.
            b"Contact: %b;expires=%d" % (b.echo, round(b.expires_at - now_utc) or 1)
            for b in outcome.changes.after
        ]
        lines += [b"Path: " + hop.encode("utf-8", "surrogateescape") for hop in outcome.path]
        if outcome.is_outbound:
            lines.append(b"Require: outbound")
        lines.append(self._date_line(now_utc))
        return lines

    def _reject(
        self, request: Request, flow: Flow, refusal: Rejected, verdict: Verdict
    ) -> Answered:
        self.counters["rejected"] += 1
        reply = answer(request, flow, refusal.status, refusal.reason, list(refusal.extra))
        return Answered(refusal.status, reply, verdict)

    def _date_line(self, now_utc: float) -> bytes:
        """`Date` of RFC 3261 §20.17, made once a second."""
        second, line = self._date
        if second != int(now_utc):
            at = datetime.fromtimestamp(int(now_utc), UTC)
            day, month = _DAYS[at.weekday()], _MONTHS[at.month - 1]
            line = f"Date: {day}, {at.day:02} {month} {at.year:04} {at:%H:%M:%S} GMT".encode()
            self._date = (int(now_utc), line)
        return line
