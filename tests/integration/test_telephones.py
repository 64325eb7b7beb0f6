"""Telephones that have to confirm, and phones that leave, from outside.

The real program over real sockets, with phones that share no code with it: a door, a monitor, and a
provider behind which a telephone is answered by somebody or by a mailbox.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.demo_community import phone_of
from tests.support.plain_sip import PhoneError, PlainPhone
from tests.support.program import Program, moment

TRUNK = """\
[sip.trunk.provider]
host = "127.0.0.1"
port = {port}
"""
FLAT = "1002"
STAGE = 20.0
"""Seconds a stage rings: whatever ends much sooner did not wait for its end."""


@dataclass
class Flat:
    """Flat 1002 of the demo community, whose telephone has to confirm with the key 5."""

    server: Program
    door: PlainPhone
    monitor: PlainPhone
    provider: PlainPhone
    site: int
    apartment: int
    began: str = ""

    def visit(self, call_type: str) -> bytes:
        """The button is pressed; the door's INVITE."""
        self.server.change(f"/apartments/{self.apartment}", {"call_type": call_type})
        self.began = moment()
        return self.door.call(FLAT)

    @property
    def record(self) -> dict[str, Any]:
        """The visit as it is on record, once it is over."""
        visit = self.server.newest("/visits", self.began)
        return dict(self.server.get(f"/visits/{visit['id']}"))


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flat]:
    with ExitStack() as stack:
        provider = stack.enter_context(PlainPhone(("127.0.0.1", 9), "provider", ""))
        folder = tmp_path_factory.mktemp("telephones")
        server = stack.enter_context(Program(folder, more=TRUNK.format(port=provider.port)))
        provider.server = server.udp
        server.wait_for_metric("doorline_sip_trunks_located", 1)
        site = server.get("/sites?limit=1")["items"][0]["id"]
        server.change(
            f"/sites/{site}",
            {
                "stage_timeout": STAGE,
                "landline_timeout": STAGE,
                "guard_stage": "never",
                "landline_confirms": True,
                "landline_key": "5",
            },
        )
        flats = server.get("/apartments?limit=50")["items"]
        apartment = next(one["id"] for one in flats if one["number"] == FLAT)
        door, monitor = (
            stack.enter_context(phone_of(server, name))
            for name in ("Main entrance", "Monitor 1002")
        )
        yield Flat(server, door, monitor, provider, site, apartment)
        assert server.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in server.log


def test_a_visitor_talks_once_the_key_is_pressed_and_digits_reach_the_door_after_it(
    flat: Flat,
) -> None:
    flat.monitor.register()
    invite = flat.visit("phone_and_indoor")
    indoor, phone = flat.monitor.rung(), flat.provider.rung()
    flat.provider.answer(phone)
    with pytest.raises(PhoneError):
        flat.door.receive("200 INVITE", within=0.5)
    assert flat.monitor.requests() == []

    assert flat.provider.answer_to(flat.provider.digits(phone, "5")).status == 200
    talk = flat.door.accepted(invite)
    reason = flat.monitor.cancelled(indoor).get("Reason")
    flat.provider.send(flat.provider.digits(phone, "7"))
    digit = flat.door.receive("INFO")
    flat.door.reply(digit, "200 OK")
    flat.door.send(flat.door.inside(talk, "BYE"))
    flat.provider.reply(flat.provider.receive("BYE"), "200 OK")

    assert "cause=200" in reason
    record = flat.record
    assert (record["outcome"], record["answered_by"]["kind"]) == ("answered", "landline")
    kinds = [entry["kind"] for entry in record["timeline"]]
    assert kinds.index("key_awaited") < kinds.index("key_pressed") < kinds.index("leg_answered")
    told = flat.server.command("trace", record["id"])
    assert "is answered and waits for the key" in told.out
    assert "the key is pressed" in told.out


def test_a_mailbox_is_hung_up_when_the_stage_is_over_and_the_visit_is_missed(flat: Flat) -> None:
    flat.monitor.register(expires=0)
    times = f"/apartments/{flat.apartment}"
    flat.server.change(times, {"ring_times": {"landline": 1}})
    invite = flat.visit("indoor_then_phone")
    flat.provider.answer(flat.provider.rung())
    bye = flat.provider.receive("BYE")
    flat.provider.reply(bye, "200 OK")
    answer = flat.door.failed(invite)
    flat.server.change(times, {"ring_times": {"landline": None}})

    assert "Nobody answered" in bye.get("Reason")
    record = flat.record
    assert (answer.status, record["outcome"], record["missed"]) == (408, "missed", True)


def test_another_key_declines_and_the_visit_is_refused_and_not_missed(flat: Flat) -> None:
    invite = flat.visit("indoor_then_phone")
    phone = flat.provider.rung()
    flat.provider.answer(phone)
    flat.provider.send(flat.provider.digits(phone, "2"))
    flat.provider.reply(flat.provider.receive("BYE"), "200 OK")
    answer = flat.door.failed(invite)

    record = flat.record
    assert (answer.status, record["outcome"], record["missed"]) == (603, "refused", False)
    legs = [leg for stage in record["stages"] for leg in stage["legs"]]
    assert [(leg["outcome"], leg["reason"]) for leg in legs] == [("declined", "key_refused")]


def test_a_monitor_that_unregisters_while_it_rings_lets_the_next_stage_begin(flat: Flat) -> None:
    flat.monitor.register()
    invite = flat.visit("indoor_then_phone")
    indoor = flat.monitor.rung()
    began = time.monotonic()
    flat.monitor.register(expires=0)
    reason = flat.monitor.cancelled(indoor).get("Reason")
    flat.provider.rung()
    waited = time.monotonic() - began
    flat.door.give_up(invite)
    flat.provider.receive("CANCEL")

    assert "Unregistered" in reason
    assert waited < STAGE / 4
    assert [stage["outcome"] for stage in flat.record["stages"]] == ["all_failed", "cancelled"]
