"""A guard in two calls: the door has rung it, and it has asked a resident (RFC 5589 §7)."""

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.support.peers import (
    ANSWER_SDP,
    SDP,
    ack,
    in_dialog_of_callee,
    invite,
    reply,
)
from tests.support.wire import DOOR, Wire, requests, responses, stage

GUARD = Flow("UDP", 0, "192.0.2.21", 5060)
RESIDENT = Flow("UDP", 0, "192.0.2.22", 5060)
RESIDENT_SDP = SDP.replace(b"192.0.2.1", b"192.0.2.22")


class Consultation:
    """Door and guard talk; guard and resident talk too. The guard refers."""

    def __init__(self) -> None:
        self.wire = wire = Wire(
            stage("guard", "guard", kind="guard"),
            contacts={"guard": [GUARD], "resident": [RESIDENT]},
        )
        (self.guard_leg,) = requests(wire.receive(invite(DOOR), DOOR), b"INVITE")
        data = reply(self.guard_leg, 200, body=ANSWER_SDP, flow=GUARD)
        (self.door_answer,) = responses(wire.receive(data, GUARD))
        wire.receive(ack(self.door_answer, DOOR), DOOR)
        wire.planner.stages = (stage("app", "resident", kind="app"),)
        wire.planner.caller_kind = "guard"
        press = invite(GUARD, "resident", user="guard", branch="z9hG4bKg", call_id="ask@guard")
        (self.resident_leg,) = requests(wire.receive(press, GUARD), b"INVITE")
        data = reply(self.resident_leg, 200, tag="res", body=RESIDENT_SDP, flow=RESIDENT)
        (self.guard_answer,) = responses(wire.receive(data, RESIDENT))
        wire.receive(ack(self.guard_answer, GUARD, branch="z9hG4bKga"), GUARD)

    @property
    def replaces(self) -> str:
        """The guard's dialog with us in the second call, escaped for a URI header."""
        answer = self.guard_answer
        call_id = answer.call_id.decode().replace("@", "%40")
        to_tag, from_tag = answer.to_tag.decode(), answer.from_tag.decode()
        return f"{call_id}%3Bto-tag%3D{to_tag}%3Bfrom-tag%3D{from_tag}"

    def refer(self, replaces: str = "") -> list[tuple[Request | Response, Flow]]:
        """The guard refers the door to the resident; what is sent in reaction."""
        wanted = f"Refer-To: <sip:resident@doorline.test?Replaces={replaces or self.replaces}>"
        data = in_dialog_of_callee(
            "REFER", self.guard_leg, GUARD, branch="z9hG4bKrefer", extra=(wanted,)
        )
        return self.wire.receive(data, GUARD)
