"""Calls under mutated messages, with a clock of our own: nothing breaks and nothing is left.

The storm of `server_run.py` has real sockets and real seconds; here timers run as well, in every
mixture with messages that are nearly right.
"""

import random

import pytest

from sipcore.kernel.errors import BadMessage
from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.conformance.line import SDP, dial, phone
from tests.fuzz.mutation import mutate
from tests.support.peers import (
    ANSWER_SDP,
    ack,
    cancel,
    in_dialog_of_callee,
    in_dialog_of_caller,
    reply,
)
from tests.support.wire import APP, DOOR, MONITOR, Wire, responses, stage

SEED = 20261129
STEPS = 60
PAUSES = (0.0, 0.0, 0.0, 0.1, 0.6, 4.0, 33.0)
STATUSES = (100, 180, 183, 200, 200, 302, 401, 408, 481, 486, 491, 500, 603)
METHODS = ("INVITE", "UPDATE", "INFO", "PRACK", "BYE", "OPTIONS", "REFER", "MESSAGE", "SUBSCRIBE")
FLOWS = (DOOR, MONITOR, APP, Flow("UDP", 0, "198.51.100.6", 5060))
EXTRA = ("Require: 100rel", "RSeq: 1", "Supported: timer", "Session-Expires: 90;refresher=uas")

LINES = (
    *(b"Refer-To: <sip:1002@doorline.test>", b"Refer-To: <sip:app@doorline.test>;x"),
    *(b"Refer-To: <sip:a@b?Replaces=visit%40door%3Bto-tag%3D@TAG@%3Bfrom-tag%3Ddoor-tag>",),
    *(b"Replaces: visit@door;to-tag=@TAG@;from-tag=door-tag", b"Replaces: a;to-tag=b;from-tag=c"),
    *(b"RAck: 1 1 INVITE", b"Session-Expires: 90;refresher=uac", b"Min-SE: 4000", b"Event: refer"),
    *(b"Require: 100rel", b"Supported: replaces, 100rel", b"Privacy: id", b"Allow: UPDATE, INVITE"),
)
"""Header lines that a request may have besides."""


class Mess:
    """A call, everything that was sent in it, and messages that might follow."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.wire = Wire(
            stage("one", "monitor", timeout=10.0),
            stage("two", "monitor", "app", timeout=10.0),
            contacts={"monitor": [MONITOR], "app": [APP]},
        )
        self.press = dial("Supported: 100rel, timer", body=chance.choice((SDP, b"")))
        self.asked: list[tuple[Request, Flow]] = []
        self.told: list[Response] = []
        self.arrived = [self.press, phone()]
        self.number = 1
        self.note(self.wire.receive(self.press, DOOR))

    def note(self, sent: list[tuple[Request | Response, Flow]]) -> None:
        """Remember what the server said."""
        self.asked += [
            (m, to)
            for m, to in sent
            if isinstance(m, Request) and m.method != b"ACK" and m.raw.isascii()
        ]
        self.told += [m for m in responses(sent) if m.status < 300 and is_of_invite(m)]

    def sound(self) -> tuple[bytes, Flow]:
        """A message that a phone might send now, and where it comes from."""
        chance = self.chance
        self.number += 1
        branch, body = f"z9hG4bK{self.number}", chance.choice((b"", ANSWER_SDP))
        kind = "application/sdp" if body else ""
        what = chance.random()
        if what < 0.5 and self.asked:
            request, flow = chance.choice(self.asked[-6:])
            extra = tuple(line for line in EXTRA if chance.random() < 0.2)
            status = chance.choice(STATUSES)
            return reply(request, status, body=body, flow=flow, extra=extra), flow
        method = chance.choice(METHODS)
        if what < 0.7 and self.told:
            told = self.told[-1]
            if chance.random() < 0.3:
                return ack(told, DOOR, branch=branch, body=body), DOOR
            return in_dialog_of_caller(
                method, told, DOOR, cseq=self.number, branch=branch, body=body, content_type=kind
            ), DOOR
        legs = [(one, flow) for one, flow in self.asked if one.method == b"INVITE"]
        if what < 0.85 and legs:
            leg, flow = chance.choice(legs)
            return in_dialog_of_callee(
                method, leg, flow, cseq=self.number, branch=branch, body=body, content_type=kind
            ), flow
        if what < 0.88:
            return cancel(self.press), DOOR
        return chance.choice(self.arrived), chance.choice(FLOWS)

    def step(self) -> None:
        """Something arrives, most times spoilt; time passes."""
        data, flow = self.sound()
        if self.chance.random() < 0.3:
            line = self.chance.choice(LINES).replace(b"@TAG@", self.tag())
            data = data.replace(b"Max-Forwards", line + b"\r\nMax-Forwards", 1)
        if self.chance.random() < 0.6:
            data = mutate(self.chance, data)
        if b"REGISTER" in data:
            return  # there is no registrar on this wire
        self.arrived.append(data)
        self.note(self.wire.receive(data, flow))
        pause = self.chance.choice(PAUSES)
        if pause:
            self.note(self.wire.advance(pause, 0.2))

    def tag(self) -> bytes:
        """Our tag towards the door."""
        return self.told[-1].to_tag if self.told else b"x"

    def go_home(self) -> None:
        """Everybody hangs up; every timer runs out."""
        self.wire.receive(cancel(self.press), DOOR)
        for told in self.told:
            bye = in_dialog_of_caller("BYE", told, DOOR, cseq=2**31, branch="z9hG4bKhome")
            self.wire.receive(bye, DOOR)
        for _ in range(40):
            self.wire.advance(20.0, 0.5)
            if not self.wire.remains:
                break


def is_of_invite(response: Response) -> bool:
    """Whether a dialog came of it; what answers broken requests may be broken itself."""
    try:
        is_whole = response.raw.isascii() and response.call_id and response.to_tag
        return bool(is_whole) and response.cseq.method == b"INVITE"
    except BadMessage:
        return False


def play(seed: int) -> Mess:
    """One call from its first message to its last timer."""
    mess = Mess(random.Random(seed))  # noqa: S311 - the same mess each time
    for _ in range(STEPS):
        mess.step()
    mess.go_home()
    return mess


@pytest.mark.parametrize("seed", range(SEED, SEED + 40))
def test_a_call_under_mutated_messages_ends_and_leaves_nothing(seed: int) -> None:
    wire = play(seed).wire

    assert wire.endpoint.counters["internal_errors"] == 0
    assert wire.remains == {}
    assert wire.journal.names.count("CallEnded") == wire.journal.names.count("CallStarted")
