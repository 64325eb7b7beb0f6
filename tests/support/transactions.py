"""Messages and clocks for tests of transactions and dialogs."""

from collections.abc import Iterable
from math import inf
from typing import Any, Protocol

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response, parse
from sipcore.transaction.actions import Action
from sipcore.transaction.machine import Table, render

UDP = Flow("UDP", 0, "192.0.2.5", 5060)
TCP = Flow("TCP", 0, "192.0.2.5", 5060, 7)


def packed(start: str, *lines: str, body: bytes = b"") -> bytes:
    """Bytes of a message; Content-Length is added."""
    head = "\r\n".join((start, *lines, f"Content-Length: {len(body)}"))
    return head.encode() + b"\r\n\r\n" + body


def request(
    method: str = "INVITE",
    *,
    uri: str = "sip:1001@doorline.test",
    via: str = "SIP/2.0/UDP 192.0.2.5:5060;branch=z9hG4bK776",
    from_: str = "<sip:door@doorline.test>;tag=from-1",
    to: str = "<sip:1001@doorline.test>",
    call_id: str = "call@192.0.2.5",
    cseq: str = "",
    extra: Iterable[str] = ("Contact: <sip:door@192.0.2.5:5060>",),
) -> Request:
    """A request with every mandatory header."""
    data = packed(
        f"{method} {uri} SIP/2.0",
        f"Via: {via}",
        "Max-Forwards: 70",
        f"From: {from_}",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq or f'1 {method}'}",
        *extra,
    )
    parsed = parse(data)
    assert isinstance(parsed, Request)
    return parsed


def response(
    status: int,
    *,
    via: str = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK776",
    from_: str = "<sip:door@doorline.test>;tag=from-1",
    to: str = "<sip:1001@doorline.test>;tag=to-1",
    call_id: str = "call@192.0.2.5",
    cseq: str = "1 INVITE",
    extra: Iterable[str] = (),
) -> Response:
    """A response with every mandatory header."""
    data = packed(
        f"SIP/2.0 {status} Text",
        f"Via: {via}",
        f"From: {from_}",
        f"To: {to}",
        f"Call-ID: {call_id}",
        f"CSeq: {cseq}",
        *extra,
    )
    parsed = parse(data)
    assert isinstance(parsed, Response)
    return parsed


class Timed(Protocol):
    """A machine with deadlines."""

    @property
    def deadline(self) -> float:
        """Monotonic seconds, infinity for none."""

    def on_deadline(self, now: float) -> tuple[Any, ...]:
        """Actions that are due."""


def run_out(machine: Timed) -> list[tuple[float, tuple[Action, ...]]]:
    """Wake the machine at each of its deadlines until it wants no more: (time, actions)."""
    history: list[tuple[float, tuple[Action, ...]]] = []
    while machine.deadline != inf:
        now = machine.deadline
        history.append((now, machine.on_deadline(now)))
    return history


def moves(table: Table) -> set[tuple[str, str, str]]:
    """The arrows of a table: from, input, to."""
    return {
        (str(state), str(stimulus), str(then)) for (state, stimulus), (_, then) in table.items()
    }


def arrows(figure: str) -> set[tuple[str, str, str]]:
    """The arrows of a transcribed figure: lines of `from | input | to`."""
    found = set()
    for line in figure.strip().splitlines():
        start, stimulus, then = (piece.strip() for piece in line.split("|"))
        found.add((start, stimulus, then))
    return found


def beside(table: Table, figure: str) -> str:
    """A table printed beside a transcribed figure, to be read by a person."""
    left, right = render(table).splitlines(), figure.strip().splitlines()
    width = max(len(line) for line in left)
    rows = max(len(left), len(right))
    left += [""] * (rows - len(left))
    right += [""] * (rows - len(right))
    return "\n".join(f"{a:<{width}}   {b.strip()}" for a, b in zip(left, right, strict=True))
