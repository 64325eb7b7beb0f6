"""The ladder of a call out of what the tap remembers."""

from typing import Any

from admin_api.rows import CallDetail, LegRow
from doorline.adapters.ladder import CallLadder
from sipcore.capture.tap import CaptureTap
from sipcore.kernel.flow import Flow
from tests.admin_api.records import call_row
from tests.support.clock import ManualClock

PHONE = Flow("UDP", 0, "192.0.2.7", 5062)
START = 1_800_000_000.0


def message(call_id: str, first: str = "INVITE sip:1001@d SIP/2.0") -> bytes:
    return f"{first}\r\nCall-ID: {call_id}\r\n\r\n".encode()


class Wire:
    """A tap that sees messages at chosen moments."""

    def __init__(self, keep: int = 10) -> None:
        self.clock = ManualClock(utc=START)
        self.tap = CaptureTap(self.clock, keep)
        self.tap.local_end = lambda _flow: ("198.51.100.1", 5060)
        self.ladder = CallLadder(self.tap, keep)

    def see(self, data: bytes, after: float = 0.0) -> None:
        self.clock.advance(after)
        self.tap.received(data, PHONE)

    async def text(self, *legs: LegRow, **values: Any) -> str:
        given = {"started_at": START, "ended_at": START + 60.0, **values}
        return await self.ladder.text(CallDetail(call_row("v-1", **given), None, legs, ()))


def leg(number: int, display: str, call_id: str | None) -> LegRow:
    return LegRow(
        *(number, 0, "app", str(number), display, "sip:x@h", START, None, None, None, None),
        *(None, None, None, None, call_id),
    )


async def test_the_messages_of_the_call_and_its_legs_are_shown_and_no_others() -> None:
    wire = Wire()
    for call_id in ("v-1@door", "leg-1", "other", "leg-1"):
        wire.see(message(call_id), 0.1)

    text = await wire.text(leg(1, "Ann", "leg-1"), leg(2, "Ben", "leg-2"))

    lines = text.splitlines()
    assert lines[:2] == ["visit v-1, 2027-01-15 08:00:00 UTC", ""]
    assert lines[2].split() == ["Main", "gate", "Doorline", "Ann", "Ben"]
    assert text.count("received from") == 3
    assert "other" not in text


async def test_messages_of_another_time_are_not_this_calls_though_they_name_its_id() -> None:
    wire = Wire()
    wire.see(message("v-1@door"))
    wire.see(message("v-1@door"), 1000.0)

    assert (await wire.text()).count("received from") == 1
    assert (await wire.text(ended_at=None)).count("received from") == 2


async def test_it_says_when_no_message_is_kept_any_more() -> None:
    wire = Wire(keep=2)
    for _ in range(3):
        wire.see(message("other"), 100.0)

    assert await wire.text() == (
        "visit v-1, 2027-01-15 08:00:00 UTC\n"
        "No message of it is kept any more: the server remembers its last 2 messages "
        "(sip.capture.keep), now back to 2027-01-15 08:03:20 UTC.\n"
    )


async def test_it_says_when_only_the_end_is_kept() -> None:
    wire = Wire()
    wire.see(message("v-1@door", "BYE sip:1001@d SIP/2.0"), 50.0)

    assert "Messages before 2027-01-15 08:00:50 UTC are no longer kept" in await wire.text()


async def test_it_says_when_nothing_was_seen_since_the_start() -> None:
    assert "No message is kept" in await Wire().text()


async def test_a_leg_without_a_call_id_is_told_of() -> None:
    wire = Wire()
    wire.see(message("v-1@door"))

    assert "Of 1 legs no Call-ID is on record" in await wire.text(leg(1, "Ann", None))
