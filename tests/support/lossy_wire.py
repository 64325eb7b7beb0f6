"""LossyWire: two transaction machines with a network between them that loses what it is told to.

Datagrams take LATENCY seconds. Each loss in the script is spent on one datagram, in the order they
are sent, whichever way they go; when the script is used up nothing is lost any more.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from itertools import count
from math import inf

from sipcore.kernel.flow import Flow
from sipcore.message import build
from sipcore.message.message import Request, Response, parse
from sipcore.transaction.actions import Action, Deliver, Send, TimedOut
from sipcore.transaction.events import (
    AckReceived,
    RequestReceived,
    ResponseOffered,
    ResponseReceived,
)
from sipcore.transaction.table import Client, Server, TransactionTable

LATENCY = 0.05


class LossyWire:
    """A client, a server and what each of their users saw."""

    def __init__(self, losses: Iterable[bool], flow: Flow, answers: dict[float, int]) -> None:
        self._losses: Iterator[bool] = iter(losses)
        self._flow = flow
        self._answers = answers
        """Seconds after the request → status the server's user answers."""
        self._events: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = count()
        self.clients = TransactionTable()
        self.servers = TransactionTable()
        self.requests: list[bytes] = []
        """Methods of the requests that reached the server's user."""
        self.statuses: list[int] = []
        """Statuses that reached the client's user."""
        self.timeouts: list[str] = []
        """Reasons of all timeouts, on both sides."""

    def run(self, method: bytes, branch: bytes, data: bytes) -> None:
        """Send a request and let time pass until both sides have forgotten it."""
        client = self.clients.open_client(method, branch, data, self._flow, None, 0.0)
        self._perform(client, client.start(), 0.0)
        while self._events:
            now, _, happen = heapq.heappop(self._events)
            happen(now)

    def _at(self, when: float, happen: Callable[[float], None]) -> None:
        heapq.heappush(self._events, (when, next(self._order), happen))

    def _perform(self, machine: Client | Server, actions: tuple[Action, ...], now: float) -> None:
        for action in actions:
            if isinstance(action, Send):
                if not next(self._losses, False):
                    arrive = self._arrive(action.data)
                    self._at(now + LATENCY, arrive)
            elif isinstance(action, Deliver):
                if isinstance(action.message, Response):
                    self.statuses.append(action.message.status)
            elif isinstance(action, TimedOut):
                self.timeouts.append(action.reason)
        table = self.clients if isinstance(machine, Client) else self.servers
        if machine.state == "Terminated":
            table.remove(machine)
        elif machine.deadline != inf:
            self._at(machine.deadline, lambda at: self._wake(machine, at))

    def _wake(self, machine: Client | Server, now: float) -> None:
        if machine.deadline <= now:
            self._perform(machine, machine.on_deadline(now), now)

    def _arrive(self, data: bytes) -> Callable[[float], None]:
        message = parse(data)
        if isinstance(message, Response):
            return lambda now: self._response(message, now)
        return lambda now: self._request(message, now)

    def _response(self, message: Response, now: float) -> None:
        client = self.clients.find_client(message)
        if client is not None:
            self._perform(client, client.handle(ResponseReceived(message), now), now)

    def _request(self, message: Request, now: float) -> None:
        server = self.servers.find_server(message)
        if server is None:
            if message.method != b"ACK":
                self._open(message, now)
        elif message.method == b"ACK":
            self._perform(server, server.handle(AckReceived(message), now), now)
        else:
            self._perform(server, server.handle(RequestReceived(message), now), now)

    def _open(self, message: Request, now: float) -> None:
        self.requests.append(message.method)
        server = self.servers.open_server(message, self._flow, now)
        for delay, status in self._answers.items():
            data = build.response(message, status, to_tag=b"answer")
            self._at(now + delay, self._offer(server, ResponseOffered(status, data)))
        self._perform(server, (), now)

    def _offer(self, server: Server, event: ResponseOffered) -> Callable[[float], None]:
        return lambda now: self._perform(server, server.handle(event, now), now)
