"""The six call types and the decline policies, with SIPp as every door, phone and telephone.

All visits go on at the same time, each to a flat of its own; afterwards every test looks at what
the phones of one flat have seen, and at what the server has on record of it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.scenarios.call_routing.cases import CASES, RING_TIME, Case
from tests.scenarios.call_routing.crowd import Crowd, Sighting, sightings
from tests.support.program import Program, wait_until
from tests.support.sockets import free_port

SITE = "Matrix"
PASSWORD = "a-password-for-all"
DEMO_ACCOUNTS = 10
EARLY, SLACK = 0.1, 0.8
"""Seconds by which a stage may begin early, and late on a busy machine."""
TRUNK = """
[sip.trunk.provider]
host = "127.0.0.1"
port = {port}
from_user = "+442079460000"
[sip.landlines]
at_once = 100
"""


@dataclass
class Evening:
    """What is left of all the visits."""

    server: Program
    seen: dict[str, list[Sighting]]
    """What the SIPp of a kind has sent and received."""
    visits: dict[str, dict[str, Any]]
    """The newest record of each flat."""

    def record(self, case: Case) -> dict[str, Any]:
        """The visit with stages and timeline."""
        return dict(self.server.get(f"/visits/{self.visits[case.flat]['id']}"))

    def times(self, case: Case, method: str) -> dict[str, float]:
        """When the phones of a flat have got a request first, by kind."""
        found: dict[str, float] = {}
        for kind in ("app", "indoor", "landline"):
            user = case.landline if kind == "landline" else case.user(kind)
            for one in self.seen[kind]:
                if not one.was_sent and one.method == method and one.user == user:
                    found.setdefault(kind, one.at)
        return found

    def heard(self, case: Case) -> list[int]:
        """What the door has got for its INVITE with credentials; repetitions of the end apart."""
        heard: list[int] = []
        for one in self.seen["door"]:
            is_ours = one.user == case.flat and case.user("door") in one.header("From")
            if is_ours and one.header("CSeq") == "2 INVITE" and one.status:
                heard += [one.status] if one.status not in heard or one.status < 200 else []
        return heard


@pytest.fixture(scope="module")
def evening(
    require_tool: Callable[[str], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Evening]:
    sipp = require_tool("sipp")
    folder = tmp_path_factory.mktemp("evening")
    ports = {kind: free_port() for kind in ("app", "indoor", "landline")}
    with ExitStack() as stack:
        server = stack.enter_context(Program(folder, more=TRUNK.format(port=ports["landline"])))
        furnish(server)
        crowd = Crowd(sipp, server.udp, folder)
        crowd.register(
            (case.user(kind), PASSWORD, ports[kind])
            for case in CASES.values()
            for kind in ("app", "indoor")
        )
        rung = Counter(kind for case in CASES.values() for stage in case.stages for kind in stage)
        phones = {
            kind: stack.enter_context(crowd.phones(kind, port, rung[kind]))
            for kind, port in ports.items()
        }
        doors = stack.enter_context(
            crowd.doors(
                (case.user("door"), PASSWORD, case.flat, int(case.patience * 1000))
                for case in CASES.values()
            )
        )
        for run in (doors, *phones.values()):
            run.finished()
        seen = {kind: sightings(run) for kind, run in (("door", doors), *phones.items())}
        yield Evening(server, seen, visits(server))
        assert server.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in server.log


def furnish(server: Program) -> None:
    """A site with a flat, a door, a monitor, an app and a landline for each case."""
    kinds = ("door", "indoor", "app")
    rows = ["user,password,display,kind,apartment"]
    for name, case in CASES.items():
        flats = ("", case.flat, case.flat)
        rows += [
            f"{case.user(kind)},{PASSWORD},{kind.title()} {name},{kind},{flat}"
            for kind, flat in zip(kinds, flats, strict=True)
        ]
    sheet = server.folder / "accounts.csv"
    sheet.write_text("\n".join(rows), encoding="utf-8")
    imported = server.command("account", "import", str(sheet), "--site", SITE)
    assert imported.status == 0, imported.err
    site = next(one["id"] for one in server.get("/sites")["items"] if one["name"] == SITE)
    server.change(
        f"/sites/{site}",
        {
            "country": "GB",
            "landline_enabled": True,
            "guard_stage": "never",
            "stage_timeout": RING_TIME,
            "landline_timeout": RING_TIME,
        },
    )
    flats = server.get(f"/sites/{site}/apartments?limit=200")["items"]
    ids = {flat["number"]: flat["id"] for flat in flats}
    for case in CASES.values():
        body = {
            "call_type": case.call_type,
            "declined": case.declined,
            "global_failure": case.global_failure,
        }
        server.change(f"/apartments/{ids[case.flat]}", body)
        who = {"first_name": "Ann", "app_enabled": False, "landlines": [case.landline]}
        server.make(f"/sites/{site}/people", {**who, "apartment_id": ids[case.flat]})
    server.wait_for_metric("doorline_accounts", DEMO_ACCOUNTS + len(CASES) * len(kinds))


def visits(server: Program) -> dict[str, dict[str, Any]]:
    """The record of each flat's visit, once all are complete."""

    def complete() -> list[dict[str, Any]]:
        items = server.get("/visits?limit=200")["items"]
        return [item for item in items if item["ended_at"] is not None]

    wait_until(lambda: len(complete()) == len(CASES), "not every visit is on record")
    return {item["dialled"]: item for item in complete()}


@pytest.mark.feature("F077", "F084", "G01", "G02")
@pytest.mark.parametrize("name", CASES)
def test_phones_ring_stage_after_stage_until_their_time_is_over(
    evening: Evening, name: str
) -> None:
    """At SIPp phones: each stage begins and ends when it should, and nobody else rings."""
    case = CASES[name]
    rung, let_go = (evening.times(case, method) for method in ("INVITE", "CANCEL"))
    begins = min(rung.values())

    assert set(rung) == {kind for stage in case.stages for kind in stage}
    for stage, seconds in zip(case.stages, case.rings, strict=True):
        ends = begins + seconds
        for kind in stage:
            assert begins - EARLY < rung[kind] < begins + SLACK
            if kind in case.replies:
                assert kind not in let_go
            else:
                assert ends - EARLY < let_go[kind] < ends + SLACK
        begins = ends


@pytest.mark.parametrize("name", CASES)
def test_the_door_hears_ringing_once_and_then_how_it_ends(evening: Evening, name: str) -> None:
    case = CASES[name]

    assert evening.heard(case) == [100, 180, case.ends[1]]


@pytest.mark.feature("X10")
@pytest.mark.parametrize("name", CASES)
def test_the_record_says_what_the_phones_have_seen(evening: Evening, name: str) -> None:
    """Outcome, status, stages and legs of visits to SIPp phones, decline policies among them."""
    case = CASES[name]
    visit = evening.record(case)
    rung = [{leg["party"]["kind"] for leg in stage["legs"]} for stage in visit["stages"]]
    legs = {leg["party"]["kind"]: leg for stage in visit["stages"] for leg in stage["legs"]}
    said = [one for one in visit["timeline"] if one["kind"] in ("stage_started", "ended")]

    assert (visit["outcome"], visit["status"]) == case.ends
    assert (visit["missed"], visit["call_type"]) == (case.missed, case.call_type)
    assert rung == [set(stage) for stage in case.stages]
    assert [stage["outcome"] for stage in visit["stages"]] == case.outcomes
    assert {kind: legs[kind]["status"] for kind in case.replies} == case.replies
    assert [one["kind"] for one in said] == ["stage_started"] * len(case.rings) + ["ended"]
    if visit["outcome"] == "answered":
        assert {visit["answered_by"]["kind"]} == set(case.replies)


def test_phones_are_told_which_visit_they_ring_for(evening: Evening) -> None:
    visits = {visit["id"] for visit in evening.visits.values()}
    told = {
        one.header("X-Doorline-Visit")
        for kind in ("app", "indoor")
        for one in evening.seen[kind]
        if one.method == "INVITE"
    }

    assert told == visits
