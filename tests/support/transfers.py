"""A monitor in a call with a door passes it on to an app."""

from sipcore.message.message import Request
from tests.support.consultation import RESIDENT_SDP
from tests.support.peers import reply
from tests.support.wire import APP, MONITOR, Sent, Talk, requests, stage


def refer(on: Talk, to: str = "<sip:1002@doorline.test>", *extra: str, cseq: int = 1) -> Sent:
    """The monitor passes the door on; the number it names rings the app."""
    on.wire.planner.stages = (stage("app", "app", kind="app"),)
    on.wire.contacts.flows["app"] = [APP]
    data = on.monitor("REFER", cseq=cseq, extra=(f"Refer-To: {to}", *extra))
    return on.wire.receive(data, MONITOR)


def told(sent: Sent) -> list[bytes]:
    """First lines of the sipfrag bodies of all NOTIFY."""
    return [notify.body.strip() for notify in requests(sent, b"NOTIFY")]


def rings(on: Talk, sent: Sent) -> Request:
    """The INVITE that the app got."""
    (leg,) = requests(sent, b"INVITE")
    on.wire.receive(reply(leg, 180, tag="app", flow=APP), APP)
    return leg


def answer(on: Talk, leg: Request) -> Sent:
    """The app answers."""
    return on.wire.receive(reply(leg, 200, tag="app", body=RESIDENT_SDP, flow=APP), APP)
