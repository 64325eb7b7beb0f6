import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from directory.queries.provisioning import DeviceAccount, DeviceSettings
from directory.secrets import Secret
from provisioning.autop import FLOOR, NOTHING, UNAVAILABLE, Answer, Ask, Autop
from provisioning.catalogue import load_catalogue
from provisioning.ledger import AutopFetch
from provisioning.refusals import Refusals
from provisioning.render import Renderer
from tests.provisioning.builder import NOW, SERVER, TOKEN, door, fanvil_door, lasting, monitor, once
from tests.provisioning.doubles import MemoryLedger, MemoryStore, no_pause
from tests.support.clock import ManualClock

RENDERER = Renderer(load_catalogue())
HERE, THERE = "192.0.2.7", "198.51.100.9"
MAC_FILE = "0c1105000001.cfg"
COMMON = "r000000000029.cfg"


@dataclass(slots=True)
class Bench:
    """An autop server with doubles round it."""

    autop: Autop
    store: MemoryStore
    ledger: MemoryLedger
    clock: ManualClock

    async def get(
        self,
        path: str,
        source: str = HERE,
        method: str = "GET",
        if_none_match: str | None = None,
        agent: str = "",
    ) -> Answer:
        """One request."""
        return await self.autop.fetch(Ask(path, method, source, agent, if_none_match))

    async def text(self, path: str, source: str = HERE) -> str:
        """The body of a file that must be served."""
        answer = await self.get(path, source)
        assert answer.status == 200
        assert answer.file is not None
        return answer.file.body.decode()


def bench(*devices: DeviceSettings, **settings: Any) -> Bench:
    """The server with those devices in the directory; nothing is kept unless asked for."""
    store, ledger, clock = MemoryStore(*devices), MemoryLedger(), ManualClock()
    options: dict[str, Any] = {"keep": 0.0, "pause": no_pause, **settings}
    autop = Autop(
        store=store, renderer=RENDERER, server=SERVER, ledger=ledger, clock=clock, **options
    )
    return Bench(autop, store, ledger, clock)


def armed(**changes: Any) -> DeviceSettings:
    """A door armed for ten minutes."""
    return door(armed_until=NOW + 600, **changes)


async def test_a_device_has_its_files_by_token() -> None:
    here = bench(door())

    assert "GENERAL.UserName = 1000000001" in await here.text(f"{TOKEN}/{MAC_FILE}")
    assert "PNP.Enable = 0" in await here.text(f"{TOKEN}/{COMMON}")
    assert 'Office="1002"' in await here.text(f"{TOKEN}/contacts.xml")
    assert here.ledger.decisions == [(200, "token")] * 3


async def test_an_armed_device_has_its_own_file_by_mac() -> None:
    here = bench(armed())

    by_mac = await here.text(MAC_FILE)

    assert by_mac == await here.text(f"{TOKEN}/{MAC_FILE}")
    assert f"Autoprovision.GENERAL.Url = http://192.0.2.1:8080/autop/{TOKEN}/\n" in by_mac


async def test_the_first_fetch_ends_the_window_a_minute_later() -> None:
    here = bench(armed())

    await here.text(MAC_FILE)

    assert here.store.closed == [(7, NOW + 60)]


async def test_a_device_that_fetches_twice_within_the_minute_is_not_locked_out() -> None:
    here = bench(armed())

    first = await here.text(MAC_FILE)
    here.clock.advance(59)
    again = await here.text(MAC_FILE)

    assert again == first
    assert here.ledger.decisions == [(200, "window"), (200, "retry")]
    assert here.store.closed == [(7, NOW + 60)]


async def test_a_neighbour_who_guesses_the_mac_after_the_first_fetch_gets_nothing() -> None:
    here = bench(armed())
    await here.text(MAC_FILE)

    assert await here.get(MAC_FILE, THERE) == NOTHING
    assert here.ledger.decisions[-1] == (404, "window_taken")


async def test_after_the_minute_the_mac_alone_gets_nothing() -> None:
    here = bench(armed())
    await here.text(MAC_FILE)
    here.clock.advance(60)

    assert await here.get(MAC_FILE) == NOTHING
    assert here.ledger.decisions[-1] == (404, "not_armed")


async def test_the_first_fetch_by_token_ends_the_grace_at_once() -> None:
    here = bench(armed())
    await here.text(MAC_FILE)

    await here.text(f"{TOKEN}/{MAC_FILE}")

    assert here.store.closed == [(7, NOW + 60), (7, None)]
    assert await here.get(MAC_FILE) == NOTHING


async def test_a_fetch_by_token_leaves_a_window_open_that_nobody_has_used() -> None:
    here = bench(armed())

    await here.text(f"{TOKEN}/{MAC_FILE}")

    assert here.store.closed == []
    assert await here.text(MAC_FILE)


async def test_the_common_file_without_a_token_is_for_the_address_that_took_a_window() -> None:
    here = bench(armed())

    before = await here.get(COMMON)
    await here.text(MAC_FILE)
    elsewhere = await here.get(COMMON, THERE)
    after = await here.text(COMMON)

    assert (before, elsewhere) == (NOTHING, NOTHING)
    assert "PNP.Enable = 0" in after
    assert here.ledger.decisions == [
        (404, "unknown_file"),
        (200, "window"),
        (404, "unknown_file"),
        (200, "retry"),
    ]


async def test_looking_does_not_use_the_window_up() -> None:
    here = bench(armed())

    looked = await here.get(MAC_FILE, method="HEAD")

    assert looked.status == 200
    assert here.store.closed == []


async def test_a_window_that_cannot_be_closed_delivers_nothing() -> None:
    here = bench(armed())
    original = here.store.close_window

    async def fail(device_id: int, ends_at: float | None) -> None:
        raise OperationalError("UPDATE", {}, Exception("database is locked"))

    here.store.close_window = fail  # type: ignore[method-assign]
    refused = await here.get(MAC_FILE)
    here.store.close_window = original  # type: ignore[method-assign]

    assert refused == UNAVAILABLE
    assert await here.text(MAC_FILE, THERE)


async def test_of_two_first_fetches_at_the_same_moment_one_wins() -> None:
    here = bench(armed())

    answers = await asyncio.gather(here.get(MAC_FILE, HERE), here.get(MAC_FILE, THERE))

    assert sorted(answer.status for answer in answers) == [200, 404]


REFUSED: list[tuple[str, Callable[[], tuple[DeviceSettings, ...]], str]] = [
    ("0c1105fffff0.cfg", lambda: (door(),), "unknown_mac"),
    (MAC_FILE, lambda: (door(),), "not_armed"),
    (f"{'x' * 43}/{MAC_FILE}", lambda: (door(),), "unknown_token"),
    (f"{TOKEN}/0c1105000002.cfg", lambda: (door(), monitor()), "foreign_mac"),
    (f"{TOKEN}/r000000000115.cfg", lambda: (door(),), "foreign_model"),
    (f"{TOKEN}/passwd", lambda: (door(),), "unknown_file"),
    ("contacts.xml", lambda: (armed(),), "unknown_file"),
    ("../../etc/passwd", lambda: (door(),), "malformed_path"),
    ("", lambda: (), "malformed_path"),
    (f"{TOKEN}/{MAC_FILE}", lambda: (door(model="R999"),), "unknown_model"),
    (f"{TOKEN}/{MAC_FILE}", lambda: (door(timezone="Mars/Olympus"),), "render_failed"),
    (
        f"{TOKEN}/{MAC_FILE}",
        lambda: (door(account=DeviceAccount("1", Secret("a\nb"), "")),),
        "render_failed",
    ),
]


@pytest.mark.parametrize(("path", "devices", "decision"), REFUSED)
async def test_every_refusal_is_the_same_answer_and_tells_the_ledger_why(
    path: str, devices: Callable[[], tuple[DeviceSettings, ...]], decision: str
) -> None:
    here = bench(*devices())

    assert await here.get(path) == NOTHING
    assert here.ledger.decisions == [(404, decision)]
    assert here.autop.counters == {decision: 1}


async def test_a_user_agent_that_names_another_mac_is_refused() -> None:
    here = bench(fanvil_door())
    token = fanvil_door().token.reveal()

    refused = await here.get(f"{token}/0c383e000003.cfg", agent="Fanvil i16SV 2.12 0c383e999999")

    assert refused == NOTHING
    assert here.ledger.decisions == [(404, "conflicting_mac")]


async def test_no_refusal_leaves_before_the_floor() -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    here = bench(armed(), pause=pause)
    await here.get("0c1105fffff0.cfg")
    await here.get("nonsense!")
    await here.get(MAC_FILE)

    assert pauses == pytest.approx([FLOOR, FLOOR])


async def test_a_refusal_that_took_long_already_waits_no_longer() -> None:
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    here = bench(pause=pause)
    look_up = here.store.by_mac

    async def slow(mac: str) -> DeviceSettings | None:
        here.clock.advance(1.0)
        return await look_up(mac)

    here.store.by_mac = slow  # type: ignore[method-assign]
    await here.get(MAC_FILE)

    assert pauses == [0.0]


async def test_a_source_with_many_refusals_is_no_longer_looked_up_by_mac() -> None:
    here = bench(armed(), refusals=Refusals(allowed=3))
    for number in range(4):
        await here.get(f"0c11050000f{number}.cfg")
    asked = here.store.look_ups

    assert await here.get(MAC_FILE) == NOTHING
    assert here.store.look_ups == asked
    assert await here.text(MAC_FILE, THERE)


async def test_a_source_with_many_refusals_still_has_files_by_token() -> None:
    here = bench(door(), refusals=Refusals(allowed=3))
    for number in range(9):
        await here.get(f"0c11050000f{number}.cfg")

    assert await here.text(f"{TOKEN}/{MAC_FILE}")


async def test_a_source_that_guesses_tokens_is_refused_everything_in_the_end() -> None:
    here = bench(door(), refusals=Refusals(allowed=3))
    for number in range(30):
        await here.get(f"{'x' * 40}{number:03}/{MAC_FILE}")

    assert await here.get(f"{TOKEN}/{MAC_FILE}") == NOTHING
    here.clock.advance(60)
    assert await here.text(f"{TOKEN}/{MAC_FILE}")


async def test_a_sweep_fills_neither_memory_nor_ledger() -> None:
    refusals = Refusals(allowed=3, sources=5)
    here = bench(refusals=refusals)
    for source in range(20):
        for number in range(20):
            await here.get(f"0c11050000{number:02x}.cfg", f"198.51.100.{source}")

    assert len(refusals) == 5
    assert len(here.ledger.rows) == 20 * 4
    assert here.ledger.decisions[:4] == [(404, "unknown_mac")] * 3 + [(404, "rate_limited")]


async def test_a_known_device_may_ask_for_files_that_do_not_exist() -> None:
    here = bench(door(), refusals=Refusals(allowed=3))
    for _ in range(50):
        await here.get(f"{TOKEN}/r000000000001.cfg")

    assert await here.text(f"{TOKEN}/{MAC_FILE}")
    assert len(here.ledger.rows) == 51


async def test_bytes_a_device_has_are_not_sent_again() -> None:
    here = bench(door())
    first = await here.get(f"{TOKEN}/{MAC_FILE}")
    assert first.file is not None

    again = await here.get(f"{TOKEN}/{MAC_FILE}", if_none_match=first.file.etag)
    other = await here.get(f"{TOKEN}/{MAC_FILE}", if_none_match='"other"')

    assert (again.status, other.status) == (304, 200)
    assert [row.size for row in here.ledger.rows] == [
        len(first.file.body),
        0,
        len(first.file.body),
    ]


async def test_a_one_time_line_is_delivered_once() -> None:
    here = bench(door(commands=(once(1, "Config.Autoprovision.Reboot.Enable", "1"),)))

    first = await here.text(f"{TOKEN}/{MAC_FILE}")
    again = await here.text(f"{TOKEN}/{MAC_FILE}")

    assert "Reboot.Enable = 1" in first
    assert "Reboot" not in again
    assert [row.once for row in here.ledger.rows] == [1, 0]


async def test_a_one_time_line_is_delivered_once_even_from_kept_files() -> None:
    here = bench(door(commands=(once(1, "Config.Reboot", "1"),)), keep=3600.0)

    bodies = [await here.text(f"{TOKEN}/{MAC_FILE}") for _ in range(3)]

    assert ["Reboot" in text for text in bodies] == [True, False, False]


async def test_of_two_fetches_at_the_same_moment_one_has_the_one_time_line() -> None:
    commands = (once(1, "Config.Reboot", "1"), lasting(2, "Config.Stay", "1"))
    here = bench(door(commands=commands))

    bodies = await asyncio.gather(*(here.text(f"{TOKEN}/{MAC_FILE}") for _ in range(2)))

    assert sorted("Reboot" in text for text in bodies) == [False, True]
    assert all("Config.Stay = 1" in text for text in bodies)


async def test_looking_and_other_files_take_no_one_time_line() -> None:
    here = bench(door(commands=(once(1, "Config.Reboot", "1"),)))

    await here.get(f"{TOKEN}/{MAC_FILE}", method="HEAD")
    await here.text(f"{TOKEN}/{COMMON}")
    await here.text(f"{TOKEN}/contacts.xml")

    assert "Reboot" in await here.text(f"{TOKEN}/{MAC_FILE}")


async def test_a_file_with_a_one_time_line_is_sent_even_if_the_device_has_its_bytes() -> None:
    command = once(1, "Config.Reboot", "1")
    here = bench(door(commands=(command,)))
    looked = await here.get(f"{TOKEN}/{MAC_FILE}", method="HEAD")
    assert looked.file is not None

    sent = await here.get(f"{TOKEN}/{MAC_FILE}", if_none_match=looked.file.etag)

    assert sent.status == 200


async def test_a_vendor_that_takes_no_lines_leaves_them_waiting() -> None:
    here = bench(fanvil_door(commands=(once(1, "Config.Reboot", "1"),)))

    await here.text(f"{fanvil_door().token.reveal()}/0c383e000003.cfg")

    assert here.store.taken == set()
    assert here.ledger.rows[0].notes == "The file of a i16SV takes no extra lines."


async def test_files_are_kept_for_a_moment_and_forgotten_when_something_changes() -> None:
    here = bench(door(), keep=2.0)

    for _ in range(3):
        await here.text(f"{TOKEN}/{MAC_FILE}")
    kept = here.store.look_ups
    here.autop.changed(1)
    await here.text(f"{TOKEN}/{MAC_FILE}")
    changed = here.store.look_ups
    here.clock.advance(2.0)
    await here.text(f"{TOKEN}/{MAC_FILE}")

    assert (kept, changed, here.store.look_ups) == (1, 2, 3)


async def test_settings_that_change_while_they_are_read_are_not_kept() -> None:
    here = bench(door(), keep=3600.0)
    look_up = here.store.by_token

    async def overtaken(token: str) -> DeviceSettings | None:
        found = await look_up(token)
        here.store.devices[7] = door(name="Renamed", account=DeviceAccount("1", Secret("p"), ""))
        here.autop.changed(1)
        return found

    here.store.by_token = overtaken  # type: ignore[method-assign]
    before = await here.text(f"{TOKEN}/{MAC_FILE}")
    here.store.by_token = look_up  # type: ignore[method-assign]
    after = await here.text(f"{TOKEN}/{MAC_FILE}")

    assert ("Renamed" in before, "Renamed" in after) == (False, True)


async def test_the_directory_being_away_is_said_as_such_and_survived() -> None:
    here = bench(door())
    here.store.failure = OperationalError("SELECT", {}, Exception("gone"))

    assert await here.get(f"{TOKEN}/{MAC_FILE}") == UNAVAILABLE
    here.store.failure = None
    assert await here.text(f"{TOKEN}/{MAC_FILE}")
    assert here.ledger.decisions == [(503, "unavailable"), (200, "token")]


async def test_a_row_says_who_fetched_what_and_how_it_was_decided() -> None:
    settings = fanvil_door(armed_until=NOW + 600)
    here = bench(settings)

    answer = await here.get("0c383e000003.cfg", agent="Fanvil i16SV 2.12.10 0c383e000003")

    assert answer.file is not None
    assert here.ledger.rows == [
        AutopFetch(
            at=NOW,
            status=200,
            decision="window",
            remote_address=HERE,
            site_id=1,
            device_id=10,
            mac="0C383E000003",
            file="0c383e000003.cfg",
            kind="device",
            etag=answer.file.etag,
            size=len(answer.file.body),
            user_agent="Fanvil i16SV 2.12.10 0c383e000003",
            evidence=(
                "mac=0C383E000003 (path), vendor=fanvil (user_agent), "
                "mac=0C383E000003 (user_agent), model=i16SV (user_agent), "
                "version=2.12.10 (user_agent)"
            ),
        )
    ]


async def test_a_row_never_holds_a_token() -> None:
    here = bench(door())

    await here.get(TOKEN)
    await here.get(f"{TOKEN}/{TOKEN}")
    await here.get(f"{TOKEN}x/{MAC_FILE}")
    await here.get(f"{TOKEN}/{MAC_FILE}")

    assert TOKEN.lower() not in repr(here.ledger.rows).lower()


@given(st.text(max_size=80), st.text(max_size=40), st.sampled_from(["GET", "HEAD"]))
def test_nothing_a_caller_sends_raises_or_opens_anything(
    path: str, agent: str, method: str
) -> None:
    here = bench(door())

    answer = asyncio.run(here.get(path, method=method, agent=agent))

    assert answer == NOTHING
