"""Phones that watch and write to each other, on the real program over real sockets.

The phones share no code with the server; who may see and reach whom is the demo community's.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from xml.etree import ElementTree

import pytest

from tests.support.demo_community import FOREIGN, add_foreigner, phone_of
from tests.support.plain_message import DOMAIN, Received, uri_of
from tests.support.plain_sip import PlainCall, PlainPhone
from tests.support.program import Program, wait_until

DIALOG = "{urn:ietf:params:xml:ns:dialog-info}"
REG = "{urn:ietf:params:xml:ns:reginfo}"


@dataclass
class Estate:
    """The demo community with phones of its own."""

    server: Program
    door: PlainPhone
    monitor: PlainPhone
    ann: PlainPhone
    """The app of the monitor's flat."""
    ben: PlainPhone
    """The app of another flat."""
    guard: PlainPhone


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with ExitStack() as stack:
        server = stack.enter_context(Program(tmp_path_factory.mktemp("watchers")))
        add_foreigner(server)
        phones = [
            stack.enter_context(phone_of(server, name))
            for name in ("Main entrance", "Monitor 1001", "Ann Archer", "Ben Baker", "Guard")
        ]
        for phone in phones:
            assert phone.register().status == 200
        yield Estate(server, *phones)
        assert server.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in server.log


class Subscription:
    """A subscription of one phone to another, with what it has heard."""

    def __init__(self, phone: PlainPhone, target: str, event: str, expires: int = 600) -> None:
        self.phone = phone
        self.event = event
        uri = f"sip:{target}@{DOMAIN}"
        self.answer = phone.authenticated(
            "SUBSCRIBE",
            uri,
            lines=(f"Contact: {phone.contact}", f"Event: {event}", f"Expires: {expires}"),
        )
        assert self.answer.status == 200, self.answer.start
        self.dialog = PlainCall(
            self.answer.get("Call-ID"),
            self.answer.get("From"),
            self.answer.get("To"),
            uri_of(self.answer.get("Contact")),
            int(self.answer.get("CSeq").split()[0]),
        )

    def notify(self) -> Received:
        """The next NOTIFY of this dialog, answered."""
        notify = self.phone.receive("NOTIFY")
        assert notify.get("Call-ID") == self.dialog.call_id
        self.phone.reply(notify, "200 OK")
        return notify

    def end(self) -> Received:
        """Unsubscribe; the last NOTIFY."""
        lines = (f"Contact: {self.phone.contact}", f"Event: {self.event}", "Expires: 0")
        request = self.phone.inside(self.dialog, "SUBSCRIBE", lines=lines)
        assert self.phone.answer_to(request).status == 200
        while True:
            last = self.notify()
            if last.get("Subscription-State").startswith("terminated"):
                return last


def states(notify: Received) -> list[tuple[str, dict[str, str]]]:
    """State and attributes of each dialog."""
    body = ElementTree.fromstring(notify.body)  # noqa: S314 - of our own server
    return [
        (dialog.findtext(f"{DIALOG}state", ""), dict(dialog.attrib))
        for dialog in body.iter(f"{DIALOG}dialog")
    ]


def test_a_guard_sees_a_monitor_ring_talk_and_hang_up(estate: Estate) -> None:
    watch = Subscription(estate.guard, estate.monitor.user, "dialog")
    assert states(watch.notify()) == []

    invite = estate.door.call("1001")
    ringing = estate.monitor.rung()
    seen = [watch.notify()]
    while states(seen[-1])[0][0] != "early":
        seen.append(watch.notify())
    estate.monitor.answer(ringing)
    visitor = estate.door.accepted(invite)
    talking = watch.notify()
    estate.door.answer_to(estate.door.inside(visitor, "BYE"))
    estate.monitor.reply(estate.monitor.receive("BYE"), "200 OK")
    over = watch.notify()
    for phone in (estate.ann, estate.guard):
        phone._kept = [m for m in phone._kept if m.method not in ("INVITE", "CANCEL")]

    ((state, ids),) = states(talking)
    assert (state, ids["call-id"]) == ("confirmed", ringing.call_id)
    assert f";tag={ids['local-tag']}" in ringing.local
    assert f";tag={ids['remote-tag']}" in ringing.remote
    assert [name for name, _ in states(over)] == ["terminated"]
    assert b"Main entrance" in talking.raw
    assert watch.end().get("Subscription-State") == "terminated;reason=timeout"


def test_a_phone_watches_its_own_registration(estate: Estate) -> None:
    watch = Subscription(estate.ben, estate.ben.user, "reg")
    first = ElementTree.fromstring(watch.notify().body)  # noqa: S314 - of our own server
    (contact,) = first.iter(f"{REG}contact")
    assert contact.findtext(f"{REG}uri") == estate.ben.contact.strip("<>")

    assert estate.ben.register(contact=estate.ben.contact + ";q=0.5").status == 200
    change = ElementTree.fromstring(watch.notify().body)  # noqa: S314 - of our own server

    (contact,) = change.iter(f"{REG}contact")
    assert (contact.get("event"), contact.get("q")) == ("refreshed", "0.5")
    assert watch.end().status == 0


def test_neighbours_doors_and_strangers_see_nothing(estate: Estate) -> None:
    with PlainPhone(estate.server.udp, *FOREIGN) as stranger:

        def asks(phone: PlainPhone, target: str, event: str) -> int:
            lines = (f"Contact: {phone.contact}", f"Event: {event}", "Expires: 0")
            return phone.authenticated("SUBSCRIBE", f"sip:{target}@{DOMAIN}", lines=lines).status

        monitor = estate.monitor.user
        assert asks(estate.ben, monitor, "reg") == 403
        assert asks(estate.door, monitor, "dialog") == 403
        assert asks(stranger, monitor, "dialog") == asks(stranger, "nobody", "dialog") == 404
        assert asks(estate.guard, FOREIGN[0], "reg") == asks(estate.guard, "nobody", "reg") == 404


def test_a_message_reaches_the_flat_and_its_answer_the_sender(estate: Estate) -> None:
    body = "Your parcel is at the gate. Grüße\r\n"
    request = estate.guard.challenged(
        "MESSAGE",
        f"sip:{estate.monitor.user}@{DOMAIN}",
        lines=("Content-Type: text/plain;charset=utf-8", "X-Trick: 1"),
        body=body,
    )
    estate.guard.send(request)
    copy = estate.monitor.receive("MESSAGE")
    estate.monitor.reply(copy, "200 OK")
    answer = estate.guard.receive("200 MESSAGE")

    assert copy.body == body
    assert copy.get("Content-Type") == "text/plain;charset=utf-8"
    assert (copy.get("X-Trick"), copy.get("Contact")) == ("", "")
    assert estate.guard.user in copy.get("From")
    assert len(copy.every("Via")) == 1
    assert answer.get("Contact") == ""


def test_a_message_to_a_door_or_a_stranger_is_refused(estate: Estate) -> None:
    def writes(phone: PlainPhone, target: str) -> int:
        uri = f"sip:{target}@{DOMAIN}"
        lines = ("Content-Type: text/plain",)
        return phone.authenticated("MESSAGE", uri, lines=lines, body="Signal=1\r\n").status

    assert writes(estate.ann, estate.door.user) == 403
    assert writes(estate.ann, FOREIGN[0]) == writes(estate.ann, "no-such-number") == 404


def test_the_figures_tell_of_it(estate: Estate) -> None:
    watch = Subscription(estate.ann, estate.monitor.user, "dialog")
    watch.notify()
    before = estate.server.metric("doorline_sip_subscriptions")
    watch.end()
    wait_until(
        lambda: estate.server.metric("doorline_sip_subscriptions") == 0, "subscriptions are left"
    )

    assert before == 1
    assert estate.server.metric("doorline_sip_messages_taken_total") == 1
