"""Record: one binding as a run of octets, which is how a hundred thousand of them are kept.

A `Binding` with everything that hangs on it takes more than twice the memory and is walked through
by the garbage collector. A record is a head of fixed layout, with what changes at every refresh,
and a tail, with what stays as long as the phone does not change its mind. Records live in memory
only: neither layout nor `marshal` promises anything to a later version.
"""

from marshal import dumps, loads
from struct import Struct
from typing import Final

from sipcore.kernel.flow import Flow
from sipcore.registrar.binding import Binding

HEAD: Final = Struct("<QIIddB")
"""Fingerprint of the phone's REGISTER or 0 (`refresh`), CSeq, second at which the wheel looks at
the account (in an account's first record), expiry and last refresh in UTC seconds, flags."""
Head = tuple[int, int, int, float, float, int]
"""What `HEAD` packs."""
LAYOUT: Final = Struct("<I4H")
"""Behind the head: seconds asked for, and four places in the phone's REGISTER (`refresh`)."""
SIZE: Final = HEAD.size + LAYOUT.size
_NO_LAYOUT: Final = bytes(LAYOUT.size)

IS_OUTBOUND: Final = 1
"""Flag: the 200 of a refresh says `Require: outbound`."""
IS_MD5_ONLY: Final = 2
"""Flag: a challenge offers this phone MD5 alone."""

_MAX_AGENTS: Final = 4096
_USUAL: Final = (1.0, (), "", 0, "", b"", -1)
"""What a phone without outbound, Path and contact parameters leaves in the optional fields."""


class Records:
    """Packs and unpacks bindings; remembers the User-Agent values that many of them share."""

    __slots__ = ("_agents", "_index")

    def __init__(self) -> None:
        self._agents: list[str] = []
        self._index: dict[str, int] = {}

    def pack(self, binding: Binding, due: int) -> bytes:
        """The record of a binding, not yet known by a fingerprint."""
        b = binding
        head = HEAD.pack(0, b.cseq, due, b.expires_at, b.updated_at, 0)
        # A phone opened its flow to us, so the flow names no server.
        usual = (b.contact, b.call_id, self._agent(b.user_agent), *b.flow[:5])
        others = (b.q, b.path, b.instance, b.reg_id, b.params, b.raw, b.asked)
        return head + _NO_LAYOUT + dumps(usual if others == _USUAL else usual + others)

    def unpack(self, user: str, record: bytes) -> Binding:
        """The binding of `user` that was packed."""
        _, cseq, _, expires_at, updated_at, _ = HEAD.unpack_from(record)
        fields = loads(record[SIZE:])  # noqa: S302 - written by `pack` in this process
        contact, call_id, agent, transport, listener, host, port, connection = fields[:8]
        q, path, instance, reg_id, params, raw, asked = fields[8:] or _USUAL
        flow = Flow(transport, listener, host, port, connection)
        return Binding(
            user, contact, call_id, cseq, expires_at, q, path, flow,
            agent if type(agent) is str else self._agents[agent],
            instance, reg_id, params, updated_at, raw, asked,
        )  # fmt: skip

    def _agent(self, agent: str) -> int | str:
        """The number of a User-Agent value; the value itself when there are too many."""
        index = self._index.get(agent)
        if index is not None:
            return index
        if len(self._agents) >= _MAX_AGENTS:
            return agent
        self._index[agent] = len(self._agents)
        self._agents.append(agent)
        return len(self._agents) - 1


def lasting(record: bytes) -> bytes:
    """What stays the same as long as the phone does not change its mind; not whose it is."""
    return record[SIZE:]


def expires_at(record: bytes) -> float:
    """When the binding ends, UTC seconds."""
    end: float = HEAD.unpack_from(record)[3]
    return end


def updated_at(record: bytes) -> float:
    """When the binding was refreshed last, UTC seconds."""
    last: float = HEAD.unpack_from(record)[4]
    return last


def due(record: bytes) -> int:
    """When the wheel looks at the account whose first record this is."""
    second: int = HEAD.unpack_from(record)[2]
    return second


def with_due(record: bytes, second: int) -> bytes:
    """The record with another second for the wheel."""
    fingerprint, cseq, _, ends, updated, flags = HEAD.unpack_from(record)
    return HEAD.pack(fingerprint, cseq, second, ends, updated, flags) + record[HEAD.size :]
