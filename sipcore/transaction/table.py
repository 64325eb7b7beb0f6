"""The live transactions and how a message finds its own.

Server and client transactions are counted apart, each up to `max_transactions`: a flood of
requests must not keep us from sending the BYE that ends a call.
"""

from typing import Final

from sipcore.kernel.errors import BadMessage, LimitReached
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from sipcore.transaction.invite_client import InviteClient
from sipcore.transaction.invite_server import InviteServer
from sipcore.transaction.keys import (
    cancelled_key,
    client_key,
    is_for,
    is_legacy,
    legacy_ack_key,
    merge_key,
    response_key,
    server_key,
)
from sipcore.transaction.machine import Machine
from sipcore.transaction.non_invite_client import NonInviteClient
from sipcore.transaction.non_invite_server import NonInviteServer

_CANCELLED: Final = (b"INVITE", *b"BYE INFO UPDATE MESSAGE OPTIONS".split())
"""Methods of server transactions, the one that CANCEL is for first."""

Server = InviteServer | NonInviteServer
Client = InviteClient | NonInviteClient


def _is_challenged(machine: Server) -> bool:
    return machine.response[8:11] in (b"401", b"407")


class TransactionTable:
    """Finds, opens and forgets transactions; never holds more than it was told to."""

    __slots__ = (
        "_clients",
        "_legacy_invites",
        "_merges",
        "_servers",
        "_streams",
        "max_transactions",
    )

    def __init__(self, max_transactions: int = 100_000) -> None:
        self.max_transactions = max_transactions
        """Most server transactions, and likewise most client transactions, at one time."""
        self._servers: dict[bytes, Server] = {}
        self._clients: dict[bytes, Client] = {}
        self._streams: dict[Flow, dict[bytes, Client]] = {}
        """Client transactions on reliable flows, which can be reported closed."""
        self._merges: dict[bytes, Server] = {}
        """Requests without To tag by From tag, Call-ID and CSeq (§8.2.2.2)."""
        self._legacy_invites: dict[bytes, InviteServer] = {}
        """INVITEs of RFC 2543 clients by what their ACK repeats."""

    def __len__(self) -> int:
        return len(self._servers) + len(self._clients)

    @property
    def fill(self) -> float:
        """Share of the places that are taken, of the kind that has fewer left."""
        return max(len(self._servers), len(self._clients)) / self.max_transactions

    def find_server(self, request: Request) -> Server | None:
        """The transaction that this request repeats, or whose INVITE this ACK ends (§17.2.3)."""
        try:
            if request.method == b"ACK" and is_legacy(request):
                return self._find_legacy_ack(request)
            return self._servers.get(server_key(request))
        except BadMessage:
            return None

    def find_to_cancel(self, cancel: Request) -> Server | None:
        """The request that a CANCEL means, answered or not; only an INVITE is ended by it (§9.2).

        A CANCEL does not say the method of what it cancels, so all of them are tried.
        """
        try:
            for method in _CANCELLED:
                machine = self._servers.get(cancelled_key(cancel, method))
                if machine is not None:
                    return machine
        except BadMessage:
            pass
        return None

    def is_merged(self, request: Request) -> bool:
        """Whether a new request is a copy of one being served that took another path (§8.2.2.2).

        A request that was challenged is done: phones that forget to raise CSeq when they come
        back with credentials (§22.2) must not be told 482.
        """
        try:
            if request.to_tag:
                return False
            machine = self._merges.get(merge_key(request))
            if machine is None or _is_challenged(machine):
                return False
            return machine.key != server_key(request)
        except BadMessage:
            return False

    def open_server(self, request: Request, flow: Flow, now: float) -> Server:
        """Begin a server transaction for a request other than ACK that `find_server` missed.

        Raises LimitReached when the table is full, BadMessage when the request lacks what
        identifies it; the table is unchanged then.
        """
        if len(self._servers) >= self.max_transactions:
            raise LimitReached("too many server transactions")
        key = server_key(request)
        merged = b"" if request.to_tag else merge_key(request)
        machine: Server
        if request.method == b"INVITE":
            machine = InviteServer(key, request, flow, now)
            if is_legacy(request):
                self._legacy_invites[legacy_ack_key(request)] = machine
        else:
            machine = NonInviteServer(key, request, flow, now)
        self._servers[key] = machine
        if merged:
            first = self._merges.get(merged)
            if first is None or _is_challenged(first):
                self._merges[merged] = machine
        return machine

    def find_client(self, response: Response) -> Client | None:
        """The transaction a response belongs to (§17.1.3), or None for a stray.

        One whose top Via names another sent-by than our request is for somebody else (§18.1.2).
        """
        try:
            machine = self._clients.get(response_key(response))
            return machine if machine is not None and is_for(response, machine.data) else None
        except BadMessage:
            return None

    def open_client(
        self, method: bytes, branch: bytes, data: bytes, flow: Flow, owner: object, now: float
    ) -> Client:
        """Begin a client transaction for the request `data`; call its `start` to send it.

        Raises LimitReached when the table is full.
        """
        if len(self._clients) >= self.max_transactions:
            raise LimitReached("too many client transactions")
        key = client_key(branch, method)
        machine: Client
        if method == b"INVITE":
            machine = InviteClient(key, data, flow, owner, now)
        else:
            machine = NonInviteClient(key, data, flow, owner, now)
        self._clients[key] = machine
        if flow.transport != "UDP":
            self._streams.setdefault(flow, {})[key] = machine
        return machine

    def clients_on(self, flow: Flow) -> tuple[Client, ...]:
        """The client transactions that wait for a response on a reliable flow."""
        return tuple(self._streams.get(flow, {}).values())

    def remove(self, machine: Machine) -> None:
        """Forget a transaction; nothing happens when it is not in the table."""
        if isinstance(machine, (InviteClient, NonInviteClient)):
            self._remove_client(machine)
        elif isinstance(machine, (InviteServer, NonInviteServer)):
            self._remove_server(machine)

    def _remove_client(self, machine: Client) -> None:
        if self._clients.get(machine.key) is not machine:
            return
        del self._clients[machine.key]
        waiting = self._streams.get(machine.flow)
        if waiting is not None:
            waiting.pop(machine.key, None)
            if not waiting:
                del self._streams[machine.flow]

    def _remove_server(self, machine: Server) -> None:
        if self._servers.get(machine.key) is machine:
            del self._servers[machine.key]
        request = machine.request
        if not request.to_tag:
            merged = merge_key(request)
            if self._merges.get(merged) is machine:
                del self._merges[merged]
        if request.method == b"INVITE" and is_legacy(request):
            acks = legacy_ack_key(request)
            if self._legacy_invites.get(acks) is machine:
                del self._legacy_invites[acks]

    def _find_legacy_ack(self, ack: Request) -> InviteServer | None:
        """The INVITE of an RFC 2543 client, if the ACK carries the To tag of our response."""
        machine = self._legacy_invites.get(legacy_ack_key(ack))
        if machine is None:
            return None
        return machine if parse(machine.response).to_tag == ack.to_tag else None
