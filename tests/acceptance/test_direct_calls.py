"""What devices report, from the action URL to the API: calls (F092) and pictures (F270)."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession
from PIL import Image

from admin_api.rows import EventWish
from directory.demo import DemoDevice, DemoEstate, create_demo
from directory.kinds import Role
from directory.queries.load import load_site
from directory.scope import Scope
from directory.service import apartments, devices, operators, tokens
from doorline.compose import compose
from doorline.server import DoorlineServer
from doorline.settings import (
    Address,
    HttpSettings,
    ListenSettings,
    ServerSettings,
    Settings,
    SipSettings,
)
from relay.direct_calls import GRACE
from sipcore.b2bua.facts import CallEnded, CallStarted
from sipcore.b2bua.plan import Party, RingPlan
from tests.support.clock import ManualClock
from tests.support.entropy import SequenceEntropy
from tests.support.pictures import jpeg

ANY = (Address("127.0.0.1", 0),)
DOOR_AT, HALL_AT = "192.168.1.10", "192.168.1.20"


@dataclass(slots=True)
class House:
    """The demo community behind a running server; flat 1001 is in call mode IP."""

    server: DoorlineServer
    demo: DemoEstate
    clock: ManualClock
    session: ClientSession
    token: str

    @property
    def hall(self) -> DemoDevice:
        """The monitor of flat 1001."""
        return self.demo.monitors["1001"]

    async def fetch(self, path: str) -> tuple[int, str]:
        """Something of the listener of devices."""
        address = self.server.address
        assert address is not None
        async with self.session.get(address.public_url + path) as answer:
            return answer.status, await answer.text()

    async def action_urls(self, device: DemoDevice) -> dict[str, str]:
        """The action URLs in a device's file, by event, as paths."""
        _, text = await self.fetch(f"/autop/{device.token.reveal()}/{device.mac}.cfg")
        lines = re.findall(r"Config\.Features\.ACTIONURL\.(\w+) = http://[^/]+(/\S+)", text)
        return dict(lines)

    async def report(self, device: DemoDevice, event: str, remote: str = "") -> int:
        """A device asks for its action URL; the status it gets."""
        url = (await self.action_urls(device))[event]
        status, _ = await self.fetch(url.replace("$remote", remote).replace("$call_id", ""))
        return status

    async def post(self, path: str, body: bytes) -> int:
        """Send a body to the listener of devices; the status."""
        address = self.server.address
        assert address is not None
        async with self.session.post(address.public_url + path, data=body) as answer:
            return answer.status

    async def octets(self, path: str, token: str = "") -> tuple[int, str, bytes]:
        """What the admin listener has at a path: status, type and body."""
        url = f"http://{self.server.operators.listener.bound[0]}{path}"
        headers = {"Authorization": f"Bearer {token or self.token}"}
        async with self.session.get(url, headers=headers) as answer:
            return answer.status, answer.content_type, await answer.read()

    async def settle(self) -> None:
        """What is due is noticed with the next report; all is written, and no more after it."""
        self.clock.advance(GRACE)
        await self.report(self.demo.door, "HangUp")
        await self.server.stores.door_log.flush()
        await asyncio.to_thread(self.server.stores.journal.flush_and_close)

    async def api(self, path: str) -> Any:
        """A list of the API."""
        url = f"http://{self.server.operators.listener.bound[0]}/api/v1{path}"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.get(url, headers=headers) as answer:
            assert answer.status == 200, await answer.text()
            found = await answer.json()
        return found.get("items", found)


def size_of(body: bytes) -> tuple[int, int]:
    """Width and height of a picture."""
    with Image.open(BytesIO(body)) as image:
        return image.size


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = ManualClock()
    settings = Settings(
        server=ServerSettings(data_dir=tmp_path / "var"),
        sip=SipSettings(listen=ListenSettings(udp=ANY)),
        http=HttpSettings(autop=ANY, admin=ANY),
    )
    server = await compose(settings, clock=clock, entropy=SequenceEntropy())
    demo = await create_demo(server.stores.directory)
    site = await load_site(server.stores.directory.database, demo.site_id)
    (flat,) = site.numbered["1001"]
    assert flat.apartment_id is not None
    async with server.stores.directory.unit(Scope.system()) as unit:
        await apartments.update(unit, flat.apartment_id, {"call_mode": "ip"})
        await devices.update(unit, demo.door.device_id, {"address": DOOR_AT})
        await devices.update(unit, demo.monitors["1001"].device_id, {"address": HALL_AT})
        pm = await operators.create(
            unit, name="pm", role=Role.PROPERTY_MANAGER, site_ids=[demo.site_id]
        )
        issued = await tokens.create(unit, operator_id=pm.id)
    await server.start()
    await server.memory.estate.settled()
    async with ClientSession() as session:
        yield House(server, demo, clock, session, issued.secret.reveal())
    await server.stop()


@pytest.mark.feature("F092")
async def test_a_direct_call_is_listed_beside_calls_through_the_server(house: House) -> None:
    """A direct call that door and monitor report is one visit, listed beside SIP calls."""
    door, hall = house.demo.door, house.hall
    caller = Party("door", door.account.user, door.name, house.demo.site_id, door.device_id)
    by_server = RingPlan("indoor_only", caller, "1002", (), True, "1002")
    house.server.stores.journal.record(CallStarted("sip-call", house.clock.utc(), "x", by_server))
    house.server.stores.journal.record(
        CallEnded("sip-call", house.clock.utc() + 1, "missed", "server", "timeout", 480)
    )

    reported = [
        await house.report(door, "MakeCall", HALL_AT),
        await house.report(door, "MakeCall", HALL_AT),
        await house.report(hall, "Established", DOOR_AT),
        await house.report(hall, "IncomingCall", f"sip:{DOOR_AT}:5060"),
    ]
    house.clock.advance(30)
    reported += [
        await house.report(hall, "Terminated", DOOR_AT),
        await house.report(door, "HangUp", HALL_AT),
    ]
    await house.settle()

    assert set(reported) == {200}
    shown = await house.api("/calls")
    assert {(one["kind"], one["dialled"]) for one in shown} == {("ip", HALL_AT), ("sip", "1002")}
    (direct,) = await house.api("/visits?kind=ip")
    assert await house.api("/calls?kind=ip") == [direct]
    assert [one["id"] for one in await house.api("/calls?kind=sip")] == ["sip-call"]
    assert (direct["outcome"], direct["duration"], direct["caller"]["user"]) == (
        "answered",
        30.0,
        door.account.user,
    )
    assert direct["answered_by"]["user"] == hall.account.user
    details = await house.api(f"/visits/{direct['id']}")
    assert [one["kind"] for one in details["timeline"]][-1] == "ended"
    (row,) = await house.api("/door-log?method=ip_call")
    assert (row["call_id"], row["apartment"], row["outcome"], row["device_id"]) == (
        direct["id"],
        "1001",
        "answered",
        door.device_id,
    )
    assert await house.api("/door-log?method=call") == []


async def test_a_direct_call_is_told_while_it_happens(house: House) -> None:
    follower = house.server.telling.live.follow(EventWish(frozenset({house.demo.site_id}), "pm"))
    await house.report(house.demo.door, "MakeCall", HALL_AT)
    await house.report(house.hall, "IncomingCall", DOOR_AT)
    await house.report(house.hall, "Established", DOOR_AT)
    await house.report(house.hall, "Terminated", DOOR_AT)
    await house.settle()
    events = await follower.told(0.0)

    assert events is not None
    assert [event.name for event in events] == [
        f"visit.{name}" for name in ("started", "stage", "rang", "answered", "ended")
    ]
    assert house.hall.account.user in events[3].data


@pytest.mark.feature("F270")
async def test_a_picture_of_the_door_is_shown_small_and_large(house: House) -> None:
    """A picture that a door posts belongs to its visit: a thumbnail and a full one."""
    door = house.demo.door
    await house.report(door, "MakeCall", HALL_AT)
    hook = (await house.action_urls(door))["MakeCall"].rpartition("/")[0]
    posted = [
        await house.post(f"{hook}/Picture", body) for body in (jpeg(2000, 1000), b"no picture")
    ]
    await house.report(door, "HangUp", HALL_AT)
    await house.settle()

    (visit,) = await house.api("/visits")
    (row,) = await house.api("/door-log")
    pictures = [await house.octets(f"{visit['capture']}{size}") for size in ("", "?size=thumbnail")]
    assert posted == [200, 415]
    assert row["capture"] == visit["capture"] == f"/api/v1/visits/{visit['id']}/picture"
    assert [(status, kind) for status, kind, _ in pictures] == [(200, "image/jpeg")] * 2
    assert [size_of(body) for _, _, body in pictures] == [(1280, 640), (320, 160)]


@pytest.mark.feature("F270")
async def test_a_picture_is_for_those_who_manage_its_site_alone(house: House) -> None:
    """Without a token, or as the manager of another site, nobody sees a picture."""
    door = house.demo.door
    await house.report(door, "MakeCall", HALL_AT)
    hook = (await house.action_urls(door))["MakeCall"].rpartition("/")[0]
    assert await house.post(f"{hook}/Picture", jpeg(64, 48)) == 200
    assert await house.post(f"{hook[:-1]}x/Picture", jpeg(64, 48)) == 404
    await house.report(door, "HangUp", HALL_AT)
    await house.settle()
    (visit,) = await house.api("/visits")
    async with house.server.stores.directory.unit(Scope.system()) as unit:
        stranger = await operators.create(unit, name="sam", role=Role.PROPERTY_MANAGER)
        foreign = (await tokens.create(unit, operator_id=stranger.id)).secret.reveal()

    seen = [await house.octets(visit["capture"], token) for token in (house.token, foreign, "x")]

    assert [status for status, _, _ in seen] == [200, 404, 401]


@pytest.mark.feature("F092")
async def test_calls_through_the_server_are_not_listed_twice(house: House) -> None:
    """What devices report of calls through the server is on record already and makes no row."""
    await house.report(house.demo.door, "MakeCall", "1001")
    await house.report(house.hall, "IncomingCall", house.demo.door.account.user)
    await house.settle()

    assert await house.api("/calls") == []


@pytest.mark.feature("F092")
async def test_a_wrong_token_reports_nothing(house: House) -> None:
    """Only a device's own token reports for it; unknown events are refused with a text."""
    url = (await house.action_urls(house.demo.door))["MakeCall"]
    hook, event = url.rsplit("/", 1)
    foreign = hook[:-1] + ("A" if hook[-1] != "A" else "B")
    event = event.replace("$remote", HALL_AT)
    autop = f"/hook/{house.demo.door.token.reveal()}"

    refused = [await house.fetch(f"{one}/{event}") for one in (foreign, autop, "/hook/x")]
    unknown = await house.fetch(f"{hook}/Sneeze")
    await house.settle()

    assert refused == [(404, "Not found.\n")] * 3
    assert unknown[0] == 404
    assert unknown[1].startswith("Unknown event.")
    assert await house.api("/calls") == []
