"""Registrants: our registrations with providers, on the wire (RFC 3261 §10.2)."""

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, Protocol

import structlog

from sipcore.b2bua.originating import DEFAULT_MAX_FORWARDS
from sipcore.endpoint.addressing import LocalAddressing
from sipcore.endpoint.owners import TransactionUser
from sipcore.endpoint.switchboard import Switchboard
from sipcore.endpoint.trunk import Trunk
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.flow import Flow
from sipcore.message import build
from sipcore.message.message import Response
from sipcore.registrar.register_client import Ask, RegisterClient, RegisterState, granted_to
from sipcore.transport.server_order import draw_from

NOTHING_TO_REGISTER: Final[Mapping[str, int]] = MappingProxyType({})
"""No trunk wants a registration."""
_STEPS: Final = 1000

log = structlog.get_logger("trunk")


class TrunkServers(Protocol):
    """Where trunks are reached."""

    def servers(self, trunk: Trunk) -> tuple[Flow, ...]:
        """A trunk's servers in the order in which they are tried now (RFC 3263 §4.3)."""

    def unreachable(self, flow: Flow, seconds: float | None) -> None:
        """A request over this flow came to nothing: try others first."""


class TrunkAccounts(Protocol):
    """Our accounts with providers."""

    def trunk(self, name: str) -> Trunk | None:
        """The trunk of that name; None while it was not located."""

    def authorization(
        self,
        trunk: str,
        method: bytes,
        uri: bytes,
        body: bytes,
        challenge: Response,
        count: int = 1,
    ) -> bytes | None:
        """Complete line with our credentials; None when there are none."""


class Registrant(TransactionUser):
    """The registration with one provider: one Call-ID, one contact, ever greater CSeq."""

    __slots__ = (
        "_addressing",
        "_board",
        "_call_id",
        "_challenges",
        "_contact",
        "_cseq",
        "_entropy",
        "_flow",
        "_locator",
        "_name",
        "_tag",
        "_told",
        "_tries",
        "client",
    )

    def __init__(
        self,
        name: str,
        client: RegisterClient,
        *,
        switchboard: Switchboard,
        locator: TrunkServers,
        challenges: TrunkAccounts,
        addressing: LocalAddressing,
        entropy: Entropy,
    ) -> None:
        super().__init__()
        self.client = client
        self._name = name
        self._board = switchboard
        self._locator = locator
        self._challenges = challenges
        self._addressing = addressing
        self._entropy = entropy
        self._call_id = entropy.call_id()
        self._tag = entropy.tag()
        self._cseq = 0
        self._tries = 0
        """Servers that did not answer since the present attempt began."""
        self._contact = b""
        self._told = (False, 0)
        """What the log says: whether we are registered, and the last status."""
        self._flow: Flow | None = None

    def start(self, now: float) -> None:
        """Register soon."""
        self.client.begin(now)
        self._wait(now)

    def stop(self, now: float) -> None:
        """End the registration, if there is one."""
        self._send(self.client.stop(now), now)
        self._board.wheel.forget(self)

    def on_deadline(self, now: float) -> None:
        """Register, or register again."""
        self._tries = 0
        self._flow = None
        self._send(self.client.on_deadline(now), now)
        self._wait(now)

    def response(self, response: Response, now: float) -> None:
        """The provider answered."""
        if response.status < 200:
            return
        granted = granted_to(response, self._contact) if response.status < 300 else None
        self._send(self.client.answered(response, granted, now), now)
        self._wait(now)

    def no_response(self, status: int, now: float) -> None:
        """A server keeps silent or cannot be reached: the next one is asked, if there is one."""
        trunk = self._challenges.trunk(self._name)
        if self._flow is not None:
            self._locator.unreachable(self._flow, None)
        self._flow = None
        self._tries += 1
        if trunk is not None and self._tries < len(self._locator.servers(trunk)):
            self._send(self.client.elsewhere(), now)
            return
        self.client.unanswered(status, now)
        self._wait(now)

    def _wait(self, now: float) -> None:
        told = (self.client.is_registered(now), self.client.status)
        if told != self._told and self.client.state is not RegisterState.ASKING:
            self._told = told
            if told[0]:
                log.info("trunk.registered", trunk=self._name, status=told[1])
            else:
                log.warning("trunk.not_registered", trunk=self._name, status=told[1])
        self.deadline = self.client.deadline
        if self.deadline != math.inf:
            self._board.wheel.schedule(self)

    def _send(self, ask: Ask | None, now: float) -> None:
        if ask is None:
            return
        trunk = self._challenges.trunk(self._name)
        flows = () if trunk is None else self._locator.servers(trunk)
        if trunk is None or not flows:
            self.client.unanswered(503, now)
            return
        proofs: list[bytes] = []
        for challenge, count in ask.demands.standing:
            line = self._challenges.authorization(
                self._name, b"REGISTER", trunk.registrar, b"", challenge, count
            )
            if line is None:
                self.client.unanswered(challenge.status, now)
                return
            proofs.append(line)
        # Credentials go where they were asked for; the way out goes where we are registered.
        flow = self._flow or flows[0]
        self._flow = flow
        branch = self._entropy.branch()
        data = self._compose(trunk, flow, branch, ask.expires, proofs)
        self._board.request(b"REGISTER", branch, data, flow, self, now)

    def _compose(
        self, trunk: Trunk, flow: Flow, branch: bytes, expires: int, proofs: Sequence[bytes]
    ) -> bytes:
        """The request; its contact names our user, so that calls come in for that."""
        self._cseq += 1
        via, contact = self._addressing.via_and_contact(flow, branch, secure=False)
        contact = contact.replace(b"<sip:", b"<sip:" + trunk.user.encode() + b"@", 1)
        self._contact = contact.partition(b"<")[2].rpartition(b">")[0]
        lines = [
            via,
            b"Max-Forwards: %d" % DEFAULT_MAX_FORWARDS,
            b"From: <%b>;tag=%b" % (trunk.aor, self._tag),
            b"To: <%b>" % trunk.aor,
            b"Call-ID: " + self._call_id,
            b"CSeq: %d REGISTER" % self._cseq,
            contact,
            b"Expires: %d" % expires,
            *proofs,
        ]
        return build.request(b"REGISTER", trunk.registrar, lines)


class Registrants:
    """All of them."""

    def __init__(
        self,
        expires: Mapping[str, int],
        *,
        switchboard: Switchboard,
        locator: TrunkServers,
        challenges: TrunkAccounts,
        addressing: LocalAddressing,
        entropy: Entropy,
    ) -> None:
        """`expires` are the seconds asked for, by trunk."""
        draw = draw_from(entropy)
        self._clock = switchboard.clock
        self.by_trunk = {
            name: Registrant(
                name,
                RegisterClient(seconds, lambda: draw(_STEPS) / _STEPS),
                switchboard=switchboard,
                locator=locator,
                challenges=challenges,
                addressing=addressing,
                entropy=entropy,
            )
            for name, seconds in expires.items()
        }

    def start(self, now: float) -> None:
        """Begin to register everywhere."""
        for registrant in self.by_trunk.values():
            registrant.start(now)

    def stop(self, now: float) -> bool:
        """End every registration; whether any answer is waited for."""
        for registrant in self.by_trunk.values():
            registrant.stop(now)
        return self.are_leaving

    @property
    def are_leaving(self) -> bool:
        """Whether a provider was told of our end and has not answered."""
        return any(one.client.state is RegisterState.LEAVING for one in self.by_trunk.values())

    @property
    def registered(self) -> int:
        """Trunks at which we are registered."""
        now = self._clock.monotonic()
        return sum(one.client.is_registered(now) for one in self.by_trunk.values())
