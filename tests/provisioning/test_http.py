from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientResponse, ClientSession, web
from aiohttp.test_utils import TestServer

from directory.queries.provisioning import DeviceSettings
from provisioning.autop import UNAVAILABLE, Answer
from provisioning.http import autop_routes, response
from provisioning.render import rendered
from tests.provisioning.builder import NOW, TOKEN, door, fanvil_door
from tests.provisioning.test_autop import Bench, bench

MAC_FILE = "0c1105000001.cfg"
FANVIL_TOKEN = fanvil_door().token.reveal()

Fetch = Callable[..., Awaitable[tuple[int, dict[str, str], bytes]]]


@asynccontextmanager
async def served(*devices: DeviceSettings) -> AsyncIterator[tuple[Fetch, Bench]]:
    """The routes on a real socket, and a function that asks them."""
    here = bench(*devices)
    app = web.Application()
    autop_routes(app, here.autop)
    async with TestServer(app, access_log=None) as server, ClientSession() as session:

        async def fetch(
            path: str, method: str = "GET", **headers: str
        ) -> tuple[int, dict[str, str], bytes]:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            async with session.request(method, server.make_url(path), headers=named) as answer:
                return answer.status, shown(answer), await answer.read()

        yield fetch, here


def shown(answer: ClientResponse) -> dict[str, str]:
    """Headers, without the date."""
    return {name.lower(): value for name, value in answer.headers.items() if name != "Date"}


async def test_a_file_has_its_length_its_type_and_its_etag() -> None:
    async with served(door()) as (fetch, here):
        status, headers, body = await fetch(f"/autop/{TOKEN}/{MAC_FILE}")

        assert status == 200
        assert headers == {
            "server": "Doorline",
            "etag": here.ledger.rows[0].etag,
            "cache-control": "private, no-cache",
            "content-type": "text/plain; charset=utf-8",
            "content-length": str(len(body)),
        }


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        (f"/autop/{TOKEN}/contacts.xml", "application/xml; charset=utf-8"),
        (f"/autop/{TOKEN}/r000000000029.cfg", "text/plain; charset=utf-8"),
        (f"/autop/{FANVIL_TOKEN}/0C383E000003.CFG", "text/xml; charset=utf-8"),
        (f"/autop/{FANVIL_TOKEN}/F0V16SV00000.cfg", "text/xml; charset=utf-8"),
    ],
)
async def test_a_file_has_the_type_its_vendor_expects(path: str, content_type: str) -> None:
    async with served(door(), fanvil_door()) as (fetch, _):
        status, headers, _body = await fetch(path)

        assert (status, headers["content-type"]) == (200, content_type)


async def test_head_has_the_headers_of_get_and_no_body() -> None:
    async with served(door()) as (fetch, _):
        got = await fetch(f"/autop/{TOKEN}/{MAC_FILE}")
        looked = await fetch(f"/autop/{TOKEN}/{MAC_FILE}", "HEAD")

        assert looked == (200, got[1], b"")


async def test_a_file_the_device_has_is_not_sent_again() -> None:
    async with served(door()) as (fetch, _):
        etag = (await fetch(f"/autop/{TOKEN}/{MAC_FILE}"))[1]["etag"]

        status, headers, body = await fetch(f"/autop/{TOKEN}/{MAC_FILE}", If_None_Match=etag)

        assert (status, body) == (304, b"")
        assert headers == {
            "server": "Doorline",
            "etag": etag,
            "cache-control": "private, no-cache",
        }


async def test_every_refusal_has_the_same_bytes_and_headers() -> None:
    async with served(door(), fanvil_door(armed_until=NOW - 1)) as (fetch, here):
        refusals = [
            await fetch(path, method)
            for path, method in [
                ("/autop/0c1105ffffff.cfg", "GET"),  # unknown MAC
                ("/autop/0c383e000003.cfg", "GET"),  # no longer armed
                (f"/autop/{MAC_FILE}", "GET"),  # never armed
                (f"/autop/{'x' * 43}/{MAC_FILE}", "GET"),  # wrong token
                (f"/autop/{TOKEN}/0c383e000003.cfg", "GET"),  # another device's file
                (f"/autop/{TOKEN}/unknown.cfg", "GET"),
                (f"/autop/{TOKEN}", "GET"),
                (f"/autop/{TOKEN}/", "GET"),
                (f"/autop/{TOKEN}/..%2f..%2fetc%2fpasswd", "GET"),
                ("/autop/%00%ff", "GET"),
                ("/autop/a/b/c/d", "GET"),
                ("/autop/", "GET"),
                ("/autop", "GET"),
                (f"/autop/{TOKEN}/{MAC_FILE}", "POST"),
                (f"/autop/{TOKEN}/{MAC_FILE}", "PUT"),
                (f"/autop/{TOKEN}/{MAC_FILE}", "DELETE"),
                (f"/autop/{TOKEN}/{MAC_FILE}", "OPTIONS"),
                ("/", "GET"),
                ("/index.html", "POST"),
            ]
        ]

        assert refusals == [
            (
                404,
                {
                    "server": "Doorline",
                    "cache-control": "no-store",
                    "content-type": "text/plain; charset=utf-8",
                    "content-length": "11",
                },
                b"Not found.\n",
            )
        ] * len(refusals)
        assert {row.decision for row in here.ledger.rows} == {
            "unknown_mac",
            "not_armed",
            "unknown_token",
            "foreign_mac",
            "unknown_file",
            "malformed_path",
        }


async def test_the_source_is_the_address_of_the_connection() -> None:
    async with served(door()) as (fetch, here):
        await fetch(f"/autop/{TOKEN}/{MAC_FILE}", X_Forwarded_For="203.0.113.5")

        assert here.ledger.rows[0].remote_address == "127.0.0.1"


def test_a_directory_that_is_away_asks_to_come_back() -> None:
    given = response(UNAVAILABLE)

    assert (given.status, given.headers["Retry-After"]) == (503, "60")


def test_an_answer_is_never_sent_in_chunks() -> None:
    given = response(Answer(200, rendered(b"x", "text/plain")))

    assert (given.chunked, given.content_length) == (False, 1)
