"""The server is killed while pjsua2 phones ring and talk, and started again."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from tests.scenarios.call_routing.demo_phones import AUDIBLE, DemoPhones, talk
from tests.support.program import Program, moment, wait_until

TALKING, RINGING = "1003", "1001"
"""Flats: app and monitor ring together; the monitor rings first."""


async def test_who_talks_talks_on_who_rang_can_be_rung_again_and_both_visits_are_on_record(
    tmp_path: Path,
) -> None:
    with Program(tmp_path) as server:
        async with AsyncExitStack() as stack:
            phones = DemoPhones(server, stack)
            door, other_door = [await phones.registered("Main entrance") for _ in range(2)]
            app = await phones.registered("Cleo Carter")
            monitor = await phones.registered("Monitor 1001")
            await door.dial(TALKING)
            await app.expect("incoming")
            await app.answer()
            await talk(app, door)
            await other_door.dial(RINGING)
            await monitor.expect("incoming")
            wait_until(
                lambda: known(server) == {TALKING: "answered_at", RINGING: "rang_at"}, "not known"
            )
            server.kill()
            await app.hear(AUDIBLE)
            await door.hear(AUDIBLE)
            server.start()

            cut = {visit["dialled"]: visit for visit in server.get("/visits")["items"]}
            await app.hear(AUDIBLE)
            await door.hear(AUDIBLE)
            await app.hang_up()
            await door.hang_up()
            await monitor.answer(486)
            for phone in (app, door, monitor):
                await phone.expect("ended")
            began = moment()
            await door.dial(RINGING)
            await monitor.expect("incoming")
            await monitor.answer()
            await talk(monitor, door)
            await monitor.hang_up()
            await door.expect("ended")
            again = server.newest("/visits", began)

        assert (again["outcome"], again["answered_by"]["display"]) == ("answered", "Monitor 1001")
        assert {visit["outcome"] for visit in cut.values()} == {"interrupted"}
        assert (cut[TALKING]["answered_by"]["kind"], cut[TALKING]["missed"]) == ("app", False)
        assert (cut[RINGING]["answered_by"], cut[RINGING]["missed"]) == (None, True)
        assert known(server) == {}
        assert "Traceback" not in server.log


def known(server: Program) -> dict[str, str]:
    """The last that is on record of the legs of each open visit, by the number that was dialled."""
    found: dict[str, str] = {}
    for visit in server.get("/visits")["items"]:
        if visit["ended_at"] is None:
            legs = legs_of(server.get(f"/visits/{visit['id']}"))
            for what in ("rang_at", "answered_at"):
                if any(leg[what] for leg in legs):
                    found[visit["dialled"]] = what
    return found


def legs_of(visit: dict[str, Any]) -> list[dict[str, Any]]:
    """Everybody who was called."""
    return [leg for stage in visit["stages"] for leg in stage["legs"]]
