"""Phones that watch others: SUBSCRIBE in, and NOTIFYs as they read them."""

from xml.etree import ElementTree

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, Response
from tests.support.peers import message, reply
from tests.support.wire import Sent, Wire, requests, responses

GUARD = Flow("UDP", 0, "192.0.2.31", 5060)
GUARD_USER = "2000000001"
MONITOR_USER = "monitor"
DIALOG = "{urn:ietf:params:xml:ns:dialog-info}"
REG = "{urn:ietf:params:xml:ns:reginfo}"


def subscribe(
    flow: Flow = GUARD,
    *,
    user: str = GUARD_USER,
    target: str = MONITOR_USER,
    event: str | None = "dialog",
    expires: int | None = 600,
    tag: str = "watcher-tag",
    to_tag: str = "",
    call_id: str = "watch@guard",
    cseq: int = 1,
    branch: str = "",
    contact: str | None = None,
    uri: str = "",
    extra: tuple[str, ...] = (),
) -> bytes:
    """A SUBSCRIBE; inside its dialog with a To tag."""
    to = f"<sip:{target}@doorline.test>" + (f";tag={to_tag}" if to_tag else "")
    contact = f"<sip:{user}@{flow.host}:{flow.port}>" if contact is None else contact
    branch = branch or f"z9hG4bKsub{call_id}{cseq}"
    return message(
        f"SUBSCRIBE {uri or f'sip:{target}@doorline.test'} SIP/2.0",
        [
            f"Via: SIP/2.0/{flow.transport} {flow.host}:{flow.port};rport;branch={branch}",
            "Max-Forwards: 70",
            f"From: <sip:{user}@doorline.test>;tag={tag}",
            f"To: {to}",
            f"Call-ID: {call_id}",
            f"CSeq: {cseq} SUBSCRIBE",
            *([f"Contact: {contact}"] if contact else []),
            *([f"Event: {event}"] if event is not None else []),
            *([f"Expires: {expires}"] if expires is not None else []),
            *extra,
        ],
    )


class Watcher:
    """A subscriber on the wire; its requests go out over `flow`."""

    def __init__(self, wire: Wire, flow: Flow = GUARD, **asked: object) -> None:
        self.wire = wire
        self.flow = flow
        self.asked = asked
        self.notifies: list[Request] = []
        self.accepted: Response
        """The 200 to the first SUBSCRIBE."""
        self._cseq = 1

    @classmethod
    def of(cls, wire: Wire, flow: Flow = GUARD, **asked: object) -> "Watcher":
        """Subscribe, and answer the first NOTIFY."""
        watcher = cls(wire, flow, **asked)
        sent = wire.receive(subscribe(flow, **asked), flow)  # type: ignore[arg-type]
        (watcher.accepted,) = responses(sent)
        assert watcher.accepted.status == 200, watcher.accepted
        watcher.take(sent)
        return watcher

    def take(self, sent: Sent, status: int = 200) -> list[Request]:
        """Answer the NOTIFYs among what was sent, repeated ones once; returns them."""
        mine = list(
            {
                notify.cseq.number: notify
                for notify in requests(sent, b"NOTIFY")
                if notify.call_id == self.accepted.call_id
            }.values()
        )
        for notify in mine:
            self.wire.receive(reply(notify, status, flow=self.flow), self.flow)
        self.notifies += mine
        return mine

    def again(self, **changed: object) -> Sent:
        """SUBSCRIBE once more inside the dialog, maybe over another flow; what is sent."""
        self._cseq += 1
        asked = {"to_tag": self.accepted.to_tag.decode(), "cseq": self._cseq}
        where = changed.pop("flow", self.flow)
        assert isinstance(where, Flow)
        data = subscribe(where, **(self.asked | asked | changed))  # type: ignore[arg-type]
        return self.wire.receive(data, where)


def state_of(notify: Request) -> str:
    """The Subscription-State without its `expires`."""
    value = (notify.first(b"subscription-state") or b"").decode()
    return ";".join(part for part in value.split(";") if not part.startswith("expires"))


def body_of(notify: Request) -> ElementTree.Element:
    """The document of a NOTIFY."""
    return ElementTree.fromstring(notify.body)  # noqa: S314 - our own document


def dialogs_in(notify: Request) -> list[tuple[str, dict[str, str]]]:
    """State of each dialog of a dialog-info document, with its ids and how it ended."""
    found = []
    for dialog in body_of(notify).iter(f"{DIALOG}dialog"):
        state = dialog.find(f"{DIALOG}state")
        assert state is not None
        about = {
            name: dialog.get(name, "") for name in ("call-id", "local-tag", "remote-tag")
        } | dict(state.attrib)
        found.append((state.text or "", about))
    return found


def states_in(notify: Request) -> list[str]:
    """The states of a dialog-info document alone."""
    return [state for state, _ in dialogs_in(notify)]


def contacts_in(notify: Request) -> list[tuple[str, str, str]]:
    """URI, state and event of each contact of a reginfo document."""
    return [
        (
            contact.findtext(f"{REG}uri", ""),
            contact.get("state", ""),
            contact.get("event", ""),
        )
        for contact in body_of(notify).iter(f"{REG}contact")
    ]
