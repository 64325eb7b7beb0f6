"""The self-test as an operator runs it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import Ended, Program
from tests.support.sockets import free_port


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Program]:
    with Program(tmp_path) as running:
        yield running


def selftest(server: Program, *words: str, port: int = 0) -> Ended:
    site = server.get("/sites?limit=1")["items"][0]["name"]
    host, own = server.udp
    at = f"{host}:{port or own}"
    return server.command("selftest", "--site", site, "--server", at, *words)


def left(server: Program) -> tuple[list[str], list[str]]:
    """Names of buildings and of devices."""
    paths = ("/buildings", "/devices")
    found = [[item["name"] for item in server.get(path)["items"]] for path in paths]
    return found[0], found[1]


def test_a_lab_flat_rings_stage_by_stage_and_opens_its_door(server: Program) -> None:
    before = left(server)
    done = selftest(server, "--json")
    told = json.loads(done.out)

    assert (done.status, told["ok"], done.err) == (0, True, "")
    names = [check["name"] for check in told["checks"]]
    assert names[3:8] == ["plan", "stage 1", "stage 2", "answer", "audio"]
    assert left(server) == before
    (visit,) = server.get("/visits")["items"]
    assert (visit["outcome"], visit["opened_by"]) == ("answered", "Self-test app")


def test_a_server_that_is_not_there_fails_and_leaves_nothing(server: Program) -> None:
    before = left(server)
    done = selftest(server, port=free_port())

    assert done.status == 1
    assert "FAIL registration" in done.out
    assert left(server) == before
