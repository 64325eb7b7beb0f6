"""Action URLs without HTTP."""

import asyncio
import threading

import pytest
from sqlalchemy.exc import OperationalError

from directory.queries.reporting_devices import ReportingDevice
from provisioning.autop import FLOOR
from provisioning.picture import Picture
from provisioning.refusals import Refusals
from provisioning.remote_party import RemoteParty
from provisioning.reports import (
    AT_ONCE,
    EVENTS,
    FROM_SOURCE,
    KEEP,
    KEPT,
    NO_PICTURE,
    NOT_FOUND,
    OF_SITE,
    PICTURES,
    READ_AT_ONCE,
    REPORTS,
    TOO_LONG,
    TOO_MANY,
    UNAVAILABLE,
    UNKNOWN_EVENT,
    VALUE_LENGTH,
    Knock,
    Reply,
    Report,
    Reports,
)
from tests.support.clock import ManualClock
from tests.support.pictures import png

DOOR = ReportingDevice(7, 1, 2, "1000000001", "10.0.0.1")
HALL = ReportingDevice(8, 1, 2, "1000000002", "10.0.0.2")


DOORS, HALLS = "door", "hall"


class Bench:
    """The receiver with two devices."""

    def __init__(self, refusals: int = 60) -> None:
        self.clock = ManualClock()
        self.devices = {DOORS: DOOR, HALLS: HALL}
        self.look_ups = 0
        self.failure: Exception | None = None
        self.taken: list[Report] = []
        self.read = 0
        self.pauses: list[float] = []
        self.kept: list[tuple[ReportingDevice, float, Picture]] = []
        self.reports = Reports(
            self, self.take, self.keep, self.clock, refusals=Refusals(refusals), pause=self.pause
        )

    async def by_hook_token(self, token: str) -> ReportingDevice | None:
        self.look_ups += 1
        if self.failure is not None:
            raise self.failure
        return self.devices.get(token)

    async def take(self, report: Report) -> None:
        self.taken.append(report)

    async def keep(self, device: ReportingDevice, at: float, picture: Picture) -> None:
        self.kept.append((device, at, picture))

    async def show(self, body: bytes | Reply, token: str = DOORS) -> Reply:
        async def read() -> bytes | Reply:
            self.read += 1
            return body

        return await self.reports.receive_picture(Knock(token, "Picture", "10.0.0.1", {}), read)

    async def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)

    async def knock(
        self, token: str = DOORS, event: str = "MakeCall", source: str = "10.0.0.1", **said: str
    ) -> Reply:
        return await self.reports.receive(Knock(token, event, source, said))


async def test_a_report_says_which_device_what_and_with_whom() -> None:
    bench = Bench()

    assert await bench.knock(remote="10.0.0.2", call_id="7", code="1234") == Reply(200)
    assert bench.taken == [
        Report(DOOR, "outgoing", bench.clock.utc(), RemoteParty("", "10.0.0.2"), "7")
    ]


@pytest.mark.parametrize("name", EVENTS)
async def test_events_are_known_by_the_names_devices_give_them_in_any_case(name: str) -> None:
    bench = Bench()

    assert await bench.knock(event=name.upper()) == Reply(200)
    assert [one.event for one in bench.taken] == [EVENTS[name]]
    assert bench.reports.counters == {EVENTS[name]: 1}


async def test_a_variable_the_device_did_not_fill_in_is_nothing() -> None:
    bench = Bench()
    await bench.knock(remote="$remote", call_id="$call_id")

    assert [(one.remote, one.call_id) for one in bench.taken] == [(None, "")]


async def test_a_wrong_token_gets_the_404_of_everything_else_and_not_sooner() -> None:
    bench = Bench()

    assert await bench.knock("wrong") is NOT_FOUND
    assert bench.pauses == [pytest.approx(FLOOR)]
    assert bench.taken == []
    assert bench.reports.counters == {"unknown_token": 1}


async def test_an_unknown_event_is_counted_and_said() -> None:
    bench = Bench()

    assert await bench.knock(event="ValidCodeEntered", code="1234") is UNKNOWN_EVENT
    assert "makecall" in UNKNOWN_EVENT.text
    assert (bench.reports.counters, bench.taken) == ({"unknown_event": 1}, [])


async def test_a_form_is_read_for_a_known_device_and_event_alone() -> None:
    bench, read = Bench(), []

    async def form() -> dict[str, str] | Reply:
        read.append(1)
        return {"remote": "10.0.0.9", "call_id": "7"}

    async def broken() -> dict[str, str] | Reply:
        return TOO_LONG

    said = {"remote": "10.0.0.2"}
    wrong = await bench.reports.receive(Knock("wrong", "HangUp", "10.0.0.1", said), form)
    unknown = await bench.reports.receive(Knock(DOORS, "Other", "10.0.0.1", said), form)
    assert (wrong, unknown, read) == (NOT_FOUND, UNKNOWN_EVENT, [])

    knock = Knock(DOORS, "HangUp", "10.0.0.1", said)
    assert await bench.reports.receive(knock, form) == Reply(200)
    assert await bench.reports.receive(knock, broken) is TOO_LONG
    assert [(one.remote, one.call_id) for one in bench.taken] == [
        (RemoteParty("", "10.0.0.2"), "7")
    ]
    assert bench.reports.counters["malformed"] == 1


async def test_long_variables_are_refused() -> None:
    bench = Bench()

    assert await bench.knock(remote="1" * (VALUE_LENGTH + 1)) is TOO_LONG
    assert await bench.knock(call_id="1" * (VALUE_LENGTH + 1)) is TOO_LONG
    assert bench.taken == []


async def test_a_source_that_guesses_is_heard_no_more_for_a_minute() -> None:
    bench = Bench(refusals=1)
    for _ in range(10):
        await bench.knock("wrong", source="10.0.0.9")

    assert await bench.knock(source="10.0.0.9") is NOT_FOUND
    assert await bench.knock(source="10.0.0.1") == Reply(200)
    bench.clock.advance(60)
    assert await bench.knock(source="10.0.0.9") == Reply(200)


async def test_a_device_may_report_so_often_in_a_minute() -> None:
    bench = Bench()
    replies = {await bench.knock() for _ in range(REPORTS)}

    assert (replies, await bench.knock()) == ({Reply(200)}, TOO_MANY)
    assert await bench.knock("hall") == Reply(200)
    bench.clock.advance(60)
    assert await bench.knock() == Reply(200)


async def test_a_source_may_ask_so_often_in_a_minute() -> None:
    bench = Bench()
    bench.devices = {f"t{n}": ReportingDevice(n, 1, 2, "") for n in range(20)}
    replies = [await bench.knock(f"t{n % 20}") for n in range(FROM_SOURCE + 1)]

    assert set(replies[:-1]) == {Reply(200)}
    assert replies[-1] is TOO_MANY
    assert await bench.knock("t0", source="10.0.0.9") == Reply(200)


async def test_a_token_is_looked_up_once_in_a_while_and_after_a_change() -> None:
    bench = Bench()
    for _ in range(3):
        await bench.knock()
    assert bench.look_ups == 1

    bench.clock.advance(KEEP)
    await bench.knock()
    bench.reports.changed(2)
    await bench.knock()
    assert bench.look_ups == 2

    bench.reports.changed(1)
    del bench.devices["door"]
    assert await bench.knock() is NOT_FOUND


async def test_what_was_asked_before_a_change_is_not_remembered_after_it() -> None:
    bench = Bench()
    find = bench.by_hook_token

    async def changes_meanwhile(token: str) -> ReportingDevice | None:
        found = await find(token)
        bench.reports.changed(DOOR.site_id)
        return found

    bench.by_hook_token = changes_meanwhile  # type: ignore[method-assign]
    assert await bench.knock() == Reply(200)
    del bench.devices[DOORS]
    assert await bench.knock() is NOT_FOUND


async def test_a_change_of_one_site_forgets_its_tokens_and_one_of_all_forgets_all() -> None:
    bench = Bench()
    bench.devices = {f"t{n}": ReportingDevice(n, n // 2, 2, "") for n in range(4)}

    async def asked_anew() -> list[str]:
        anew = []
        for token in bench.devices:
            before = bench.look_ups
            await bench.knock(token)
            if bench.look_ups > before:
                anew.append(token)
        return anew

    assert await asked_anew() == ["t0", "t1", "t2", "t3"]
    bench.reports.changed(1)
    assert await asked_anew() == ["t2", "t3"]
    bench.reports.changed(None)
    assert await asked_anew() == ["t0", "t1", "t2", "t3"]
    assert await asked_anew() == []


async def test_no_more_tokens_are_remembered_than_there_is_room_for() -> None:
    bench = Bench()
    bench.devices = {f"t{n}": ReportingDevice(n, 1, 2, "") for n in range(KEPT + 1)}
    for n in range(KEPT + 1):
        await bench.knock(f"t{n}", source=f"10.1.{n // 200}.{n % 200}")
    await bench.knock("t0", source="10.2.0.1")

    assert bench.look_ups == KEPT + 2


async def test_a_database_that_does_not_answer_is_503() -> None:
    bench = Bench()
    bench.failure = OperationalError("SELECT 1", None, Exception())

    assert await bench.knock() is UNAVAILABLE
    assert bench.reports.counters == {"unavailable": 1}


async def test_a_picture_is_kept_with_its_device_and_its_moment() -> None:
    bench = Bench()

    assert await bench.show(png(64, 48)) == Reply(200)
    ((device, at, picture),) = bench.kept
    assert (device, at) == (DOOR, bench.clock.utc())
    assert (picture.width, picture.height) == (64, 48)
    assert bench.reports.counters == {"picture": 1}


async def test_what_is_no_picture_is_refused_and_not_kept() -> None:
    bench = Bench()

    assert await bench.show(b"GIF89a") is NO_PICTURE
    assert await bench.show(TOO_LONG) is TOO_LONG
    assert bench.kept == []
    assert bench.reports.counters == {"no_picture": 1, "malformed": 1}


async def test_nothing_of_a_picture_is_read_for_a_wrong_token() -> None:
    bench = Bench()

    assert await bench.show(png(64, 48), "wrong") is NOT_FOUND
    assert bench.read == 0


async def test_a_device_may_send_so_many_pictures_in_a_minute() -> None:
    bench = Bench()
    replies = [await bench.show(b"") for _ in range(PICTURES + 1)]

    assert set(replies[:-1]) == {NO_PICTURE}
    assert replies[-1] is TOO_MANY
    assert await bench.knock() == Reply(200)


async def test_few_pictures_are_decoded_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = Bench()
    bench.devices = {f"t{n}": ReportingDevice(n, n, 2, "") for n in range(AT_ONCE + 1)}
    begun, go = threading.Semaphore(0), threading.Event()
    decoding: list[bytes] = []

    def read(content: bytes) -> None:
        decoding.append(content)
        begun.release()
        go.wait(10)

    monkeypatch.setattr("provisioning.reports.read_picture", read)
    async with asyncio.TaskGroup() as group:
        asked = [group.create_task(bench.show(b"", token)) for token in bench.devices]
        for _ in range(AT_ONCE):
            assert await asyncio.to_thread(begun.acquire, timeout=10)
        at_once, read_bodies = len(decoding), bench.read
        go.set()

    assert (at_once, read_bodies) == (AT_ONCE, AT_ONCE + 1)
    assert [one.result() for one in asked] == [NO_PICTURE] * (AT_ONCE + 1)


async def test_a_slow_device_keeps_up_nobody_but_itself() -> None:
    bench = Bench()
    waits = asyncio.Event()

    async def slow() -> bytes:
        await waits.wait()
        return b""

    async def ask(token: str) -> Reply:
        return await bench.reports.receive_picture(Knock(token, "Picture", "10.0.0.1", {}), slow)

    bench.devices = {f"t{n}": ReportingDevice(n, n // OF_SITE, 2, "") for n in range(100)}
    async with asyncio.TaskGroup() as group:
        group.create_task(ask("t0"))
        await asyncio.sleep(0)
        again, another = await bench.show(b"", "t0"), await bench.show(b"", "t1")
        for n in range(1, OF_SITE - 1):
            group.create_task(ask(f"t{n}"))
        await asyncio.sleep(0)
        last_of_site = await bench.show(b"", f"t{OF_SITE - 1}")
        group.create_task(ask(f"t{OF_SITE - 1}"))
        await asyncio.sleep(0)
        bench.devices["more"] = ReportingDevice(999, 0, 2, "")
        of_site, elsewhere = await bench.show(b"", "more"), await bench.show(b"", f"t{OF_SITE}")
        for n in range(OF_SITE, READ_AT_ONCE):
            group.create_task(ask(f"t{n}"))
        await asyncio.sleep(0)
        of_all = await bench.show(b"", "t99")
        waits.set()

    assert (again, of_site, of_all) == (UNAVAILABLE, UNAVAILABLE, UNAVAILABLE)
    assert (another, last_of_site, elsewhere) == (NO_PICTURE, NO_PICTURE, NO_PICTURE)
    assert await bench.show(b"", "t0") is NO_PICTURE


def test_a_knock_shows_neither_token_nor_variables() -> None:
    shown = repr(Knock("s3cret", "MakeCall", "10.0.0.1", {"code": "1234"}))

    assert "s3cret" not in shown
    assert "1234" not in shown
