"""StreamAttempt: a request outside calls that goes over TCP for its size (RFC 3261 §18.1.1)."""

from typing import ClassVar, final

from sipcore.b2bua.large_requests import with_via
from sipcore.b2bua.ports import Addressing, Locator
from sipcore.endpoint.owners import TransactionUser
from sipcore.endpoint.switchboard import Switchboard
from sipcore.kernel.entropy import Entropy
from sipcore.kernel.flow import Flow
from sipcore.kernel.value import Value
from sipcore.message.message import Response


@final
class AttemptPorts(Value):
    """What an attempt asks of the world."""

    __slots__: ClassVar = ("addressing", "board", "entropy", "locator")

    def __init__(
        self, board: Switchboard, locator: Locator, addressing: Addressing, entropy: Entropy
    ) -> None:
        self.board = board
        self.locator = locator
        self.addressing = addressing
        self.entropy = entropy


class StreamAttempt(TransactionUser):
    """Owner of the request over TCP; over UDP it is sent for its user alone."""

    __slots__ = ("_branch", "_data", "_flow", "_method", "_ports", "_stream", "_user")

    def __init__(
        self,
        ports: AttemptPorts,
        method: bytes,
        branch: bytes,
        data: bytes,
        flow: Flow,
        stream: Flow,
        user: TransactionUser,
    ) -> None:
        """`data` is written for `flow`, which is UDP; `stream` is the same place over TCP."""
        super().__init__()
        self._ports = ports
        self._method = method
        self._branch = branch
        self._data = data
        self._flow = flow
        self._stream = stream
        self._user = user

    def start(self, now: float) -> None:
        """Send it over TCP."""
        ports, stream = self._ports, self._stream
        data = with_via(ports.addressing, self._data, self._branch, self._flow, stream)
        ports.board.request(self._method, self._branch, data, stream, self, now)

    def response(self, response: Response, now: float) -> None:
        """It was answered."""
        self._user.response(response, now)

    def no_response(self, status: int, now: float) -> None:
        """Nobody takes it there: it goes over UDP."""
        ports = self._ports
        ports.locator.unreachable(self._stream, None)
        branch = ports.entropy.branch()
        data = self._data.replace(self._branch, branch, 1)
        ports.board.request(self._method, branch, data, self._flow, self._user, now)
