"""The six call types: answered at once, at the very end, by nobody, and given up in each stage.

The real program over real sockets, with phones that share no code with it; the landline is behind
a trunk whose provider is one of them.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from directory.demo import LANDLINE
from tests.support.demo_community import phone_of
from tests.support.plain_sip import PlainCall, PlainPhone
from tests.support.program import Program, moment

CHAINS: dict[str, tuple[tuple[str, ...], ...]] = {
    "app_and_indoor": (("app", "indoor"),),
    "phone_and_indoor": (("landline", "indoor"),),
    "app_and_indoor_then_phone": (("app", "indoor"), ("landline",)),
    "indoor_then_app": (("indoor",), ("app",)),
    "indoor_then_phone": (("indoor",), ("landline",)),
    "indoor_then_app_then_phone": (("indoor",), ("app",), ("landline",)),
}
"""Who rings together, stage after stage, as F077 names the types."""
EVERY_STAGE = [
    (call_type, number) for call_type, stages in CHAINS.items() for number in range(len(stages))
]
TRUNK = """\
[sip.trunk.provider]
host = "127.0.0.1"
port = {port}
from_user = "+442079460000"
"""
RING_TIME = 1.0
FLAT = "1002"


@dataclass
class Flat:
    """Flat 1002 of the demo community with everybody who may be rung for it."""

    server: Program
    door: PlainPhone
    phones: dict[str, PlainPhone]
    """By kind."""
    apartment: int
    began: str = ""
    ringing: dict[str, PlainCall] = field(default_factory=dict)
    """Calls that ring now, by kind."""

    def visit(self, call_type: str) -> bytes:
        """The button is pressed; the door's INVITE."""
        self.server.change(f"/apartments/{self.apartment}", {"call_type": call_type})
        self.began = moment()
        return self.door.call(FLAT)

    def rung(self, stage: tuple[str, ...]) -> None:
        """Everybody of a stage rings, and nobody else."""
        self.ringing = {kind: self.phones[kind].rung() for kind in stage}
        others = [kind for kind in self.phones if kind not in stage]
        assert [kind for kind in others if "INVITE" in self.phones[kind].requests()] == []

    def let_go(self) -> list[str]:
        """Whoever rings stops ringing; the Reason that each is told."""
        reasons = []
        for kind, call in self.ringing.items():
            reasons += self.phones[kind].cancelled(call).every("Reason")
        self.ringing.clear()
        return reasons

    def answered(self, invite: bytes, kind: str) -> None:
        """That one answers, the others are told, and the visitor hangs up in the end."""
        call = self.ringing.pop(kind)
        self.phones[kind].answer(call)
        talk = self.door.accepted(invite)
        reasons = self.let_go()
        assert all("cause=200" in reason for reason in reasons)
        self.door.send(self.door.inside(talk, "BYE"))
        self.door.receive("200 BYE")
        bye = self.phones[kind].receive("BYE")
        self.phones[kind].reply(bye, "200 OK")

    @property
    def record(self) -> dict[str, Any]:
        """The visit as it is on record, once it is over."""
        visit = self.server.newest("/visits", self.began)
        return dict(self.server.get(f"/visits/{visit['id']}"))


def outcomes(visit: dict[str, Any]) -> list[str]:
    """What became of each stage."""
    return [stage["outcome"] for stage in visit["stages"]]


def rung_kinds(visit: dict[str, Any]) -> list[set[str]]:
    """Kinds of the legs of each stage."""
    return [{leg["party"]["kind"] for leg in stage["legs"]} for stage in visit["stages"]]


@pytest.fixture(scope="module")
def flat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flat]:
    with ExitStack() as stack:
        provider = stack.enter_context(PlainPhone(("127.0.0.1", 9), "provider", ""))
        folder = tmp_path_factory.mktemp("matrix")
        server = stack.enter_context(Program(folder, more=TRUNK.format(port=provider.port)))
        provider.server = server.udp
        server.wait_for_metric("doorline_sip_trunks_located", 1)
        site = server.get("/sites?limit=1")["items"][0]["id"]
        server.change(
            f"/sites/{site}",
            {"stage_timeout": RING_TIME, "landline_timeout": RING_TIME, "guard_stage": "never"},
        )
        flats = server.get("/apartments?limit=50")["items"]
        apartment = next(one["id"] for one in flats if one["number"] == FLAT)
        door, monitor, app = (
            stack.enter_context(phone_of(server, name))
            for name in ("Main entrance", "Monitor 1002", "Ben Baker")
        )
        for phone in (monitor, app):
            assert phone.register().status == 200
        phones = {"indoor": monitor, "app": app, "landline": provider}
        yield Flat(server, door, phones, apartment)
        assert server.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in server.log


@pytest.mark.parametrize("call_type", CHAINS)
@pytest.mark.parametrize("answering", [min, max], ids=["first", "last"])
def test_the_first_stage_or_the_last_one_answers(
    flat: Flat, call_type: str, answering: Callable[[range], int]
) -> None:
    stages = CHAINS[call_type]
    last = answering(range(len(stages)))
    invite = flat.visit(call_type)
    for number in range(last):
        flat.rung(stages[number])
        flat.let_go()
    flat.rung(stages[last])
    flat.answered(invite, stages[last][0])

    visit = flat.record
    assert (visit["outcome"], visit["missed"]) == ("answered", False)
    assert visit["answered_by"]["kind"] == stages[last][0]
    assert outcomes(visit) == ["timeout"] * last + ["answered"]
    assert rung_kinds(visit) == [set(stage) for stage in stages[: last + 1]]


@pytest.mark.parametrize("call_type", CHAINS)
def test_nobody_answers(flat: Flat, call_type: str) -> None:
    stages = CHAINS[call_type]
    invite = flat.visit(call_type)
    for stage in stages:
        flat.rung(stage)
        flat.let_go()
    refused = flat.door.failed(invite)

    visit = flat.record
    assert (visit["outcome"], visit["missed"], visit["status"]) == ("missed", True, refused.status)
    assert outcomes(visit) == ["timeout"] * len(stages)
    assert rung_kinds(visit) == [set(stage) for stage in stages]
    assert all(leg["rang_at"] and leg["ended_at"] for s in visit["stages"] for leg in s["legs"])


@pytest.mark.parametrize(("call_type", "given_up"), EVERY_STAGE)
def test_the_visitor_gives_up_in_each_stage(flat: Flat, call_type: str, given_up: int) -> None:
    stages = CHAINS[call_type]
    invite = flat.visit(call_type)
    for number in range(given_up):
        flat.rung(stages[number])
        flat.let_go()
    flat.rung(stages[given_up])
    refused = flat.door.give_up(invite)
    flat.let_go()

    visit = flat.record
    assert refused.status == 487
    assert (visit["outcome"], visit["ended_by"], visit["missed"]) == ("abandoned", "caller", True)
    assert outcomes(visit) == ["timeout"] * given_up + ["cancelled"]
    assert rung_kinds(visit) == [set(stage) for stage in stages[: given_up + 1]]


def test_the_landline_is_the_flats_number(flat: Flat) -> None:
    invite = flat.visit("indoor_then_phone")
    flat.rung(("indoor",))
    flat.let_go()
    flat.rung(("landline",))
    called = flat.ringing["landline"].invite
    flat.door.give_up(invite)
    flat.let_go()

    assert called is not None
    assert LANDLINE in called.start
