"""The self-test's checks, with phones that do as they are told; with pjsua2: tests/scenarios."""

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest

from directory.secrets import Secret
from doorline import selftest
from doorline.lab import Lab, LabPhone
from doorline.selftest import Check, SelfTest
from sipcore.agents.device import DeviceError, Sound
from sipcore.b2bua.plan import Party, RingPlan, RingStage, Target

DOOR, MONITOR, APP = (
    LabPhone(user, Secret("p"), user.title()) for user in ("door", "monitor", "app")
)
LAB = Lab(1, DOOR, (MONITOR, APP), "doorline selftest", "1")


def stage(kind: str, *users: str) -> RingStage:
    return RingStage(kind, tuple(Target(Party(kind, user)) for user in users), 4.0)


PLAN = RingPlan(
    "indoor_then_app",
    Party("door", "door"),
    "1",
    (stage("indoor", "monitor"), stage("guard", "stranger"), stage("app", "app")),
    is_visit=True,
)
VISIT = {"id": "v1", "outcome": "answered", "opened_by": "App"}


class Phone:
    """A phone that sees everything it should, but for what a test takes away."""

    refusals: ClassVar[list[str]] = []
    """What becomes of tries to register: "refused", or "silence"."""
    tries: int = 0
    missing: tuple[tuple[str, str], ...] = ()
    """Phone and event that never comes."""
    early: tuple[tuple[str, str], ...] = ()
    """Phone and event that it has seen before its turn."""
    digit = "7"
    deaf: ClassVar[list[str]] = []
    """Phones that hear nothing."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.last = ""

    async def __aenter__(self) -> "Phone":
        return self

    async def __aexit__(self, *_: object) -> None:
        return None

    async def register(self, **_: object) -> None:
        type(self).tries += 1
        if self.refusals:
            self.last = self.refusals.pop(0)
            raise DeviceError(f"{self.name}: {self.last}")
        if (self.name, "registered") in self.missing:
            raise DeviceError(f"{self.name}: registration refused with 403")

    async def dial(self, _number: str) -> None:
        return None

    async def answer(self) -> None:
        return None

    async def press(self, _digits: str) -> None:
        return None

    async def hang_up(self) -> None:
        return None

    async def hear(self, packets: int, within: float) -> Sound:
        if self.name in self.deaf:
            raise DeviceError(f"{self.name}: hears nothing, 0 packets within {within:g} s")
        return Sound(packets + 1, packets + 1, 30)

    async def expect(self, *names: str, within: float) -> dict[str, Any]:
        if (self.name, names[0]) in self.missing:
            raise DeviceError(f"{self.name}: no {names[0]} within {within:g} s")
        return {"event": names[0], "digit": self.digit}

    def saw(self, name: str) -> bool:
        return (self.name, name) in self.early or name == self.last


@pytest.fixture
def phone(monkeypatch: pytest.MonkeyPatch) -> type[Phone]:
    class Own(Phone):
        pass

    monkeypatch.setattr(selftest, "SimulatedDevice", Own)
    monkeypatch.setattr(selftest, "FIRST", (0.0,))
    monkeypatch.setattr(selftest, "RETRIES", (0.0,))
    return Own


async def checks(
    plan: RingPlan = PLAN, visit: Mapping[str, Any] | None = VISIT
) -> tuple[bool, list[Check]]:
    told: list[Check] = []

    async def found() -> Mapping[str, Any] | None:
        return visit

    test = SelfTest(LAB, server="127.0.0.1:5060", domain="d", tell=told.append)
    await test.run(plan, found)
    return test.ok, told


async def test_every_stage_with_a_phone_of_ours_rings_in_order(phone: type[Phone]) -> None:
    ok, told = await checks()

    assert ok
    assert [(check.name, check.ok) for check in told] == [
        ("registration", True),
        ("registration", True),
        ("registration", True),
        ("plan", True),
        ("stage 1", True),
        ("stage 3", True),
        ("answer", True),
        ("audio", True),
        ("door code", True),
        ("end", True),
        ("record", True),
        ("door log", True),
    ]
    assert str(told[4]) == "ok   stage 1: indoor: Monitor rings"


@pytest.mark.parametrize(
    ("name", "event", "failed", "detail"),
    [
        ("App", "registered", "registration", "refused with 403"),
        ("Monitor", "incoming", "stage 1", "no incoming within 8 s"),
        ("App", "incoming", "stage 3", "no incoming within 16 s"),
        ("App", "talking", "phones", "no talking"),
        ("Door", "digit", "phones", "no digit"),
        ("Monitor", "ended", "stage 3", "Monitor of the stage before rings on"),
        ("App", "ended", "phones", "no ended"),
    ],
)
async def test_the_first_that_fails_says_what_is_missing(
    phone: type[Phone], name: str, event: str, failed: str, detail: str
) -> None:
    phone.missing = ((name, event),)
    ok, told = await checks()

    assert (ok, told[-1].name, told[-1].ok) == (False, failed, False)
    assert detail in told[-1].detail
    assert all(check.ok for check in told[:-1])


async def test_an_account_that_the_server_does_not_know_yet_is_tried_again(
    phone: type[Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "FIRST", (0.0,) * 3)
    phone.refusals = ["refused", "refused"]
    ok, _told = await checks()

    assert (ok, phone.tries) == (True, 5)


async def test_where_nobody_answers_a_registration_no_second_one_is_tried(
    phone: type[Phone], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selftest, "FIRST", (0.0,) * 3)
    phone.refusals = ["silence", "silence", "silence"]
    ok, told = await checks()

    assert (ok, phone.tries) == (False, 1)
    assert [check.name for check in told] == ["registration"]
    assert "127.0.0.1:5060" in told[0].detail
    assert "--server" in told[0].detail


async def test_a_phone_that_rings_before_its_stage_fails(phone: type[Phone]) -> None:
    phone.early = (("App", "incoming"),)
    ok, told = await checks()

    assert (ok, told[-1].name) == (False, "stage 1")
    assert "App" in told[-1].detail


async def test_how_much_each_side_hears_is_told(phone: type[Phone]) -> None:
    _ok, told = await checks()

    assert "ok   audio: Door hears 11 packets, App hears 11 packets" in map(str, told)


async def test_a_side_that_hears_nothing_fails_and_the_door_code_is_tried_all_the_same(
    phone: type[Phone],
) -> None:
    phone.deaf = ["Door"]
    ok, told = await checks()

    assert not ok
    assert [str(check) for check in told if not check.ok] == [
        "FAIL audio: Door: hears nothing, 0 packets within 8 s, App hears 11 packets"
    ]
    assert "door code" in [check.name for check in told]


async def test_another_digit_than_the_code_fails(phone: type[Phone]) -> None:
    phone.digit = "8"
    ok, told = await checks()

    assert (ok, told[-1].name) == (False, "door code")


async def test_a_plan_without_the_flats_phones_fails(phone: type[Phone]) -> None:
    ok, told = await checks(RingPlan("x", Party("door", "door"), "1", (stage("guard", "g"),)))

    assert (ok, told[-1].name) == (False, "plan")


@pytest.mark.parametrize(
    ("visit", "name"),
    [
        ({**VISIT, "outcome": "missed"}, "record"),
        ({**VISIT, "opened_by": None}, "door log"),
    ],
)
async def test_a_record_that_says_otherwise_fails(
    phone: type[Phone], visit: Mapping[str, Any], name: str
) -> None:
    ok, told = await checks(visit=visit)

    assert (ok, [check.name for check in told if not check.ok]) == (False, [name])
