from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.queries.dial import DialSite
from relay import in_call
from relay.door_log import DoorLogEntry
from relay.in_call import InCallDigits, Outcome
from tests.support.dial_site import (
    account,
    directory_of,
    foreign_site,
    relay,
    residence,
    with_relays,
)

INFO = "application/dtmf-relay"
FRONT = relay(1, "#", index=1, name="Front")
YARD = relay(2, "21", index=2, name="Yard")
VAULT = relay(3, "24", index=3, name="Vault", in_call=False)
SITE = with_relays(residence(), FRONT, YARD, VAULT)


class Rig:
    """InCallDigits with lists for a log and a timeline."""

    def __init__(self, site: DialSite = SITE) -> None:
        self.rows: list[DoorLogEntry] = []
        self.events: list[tuple[str, float, Mapping[str, object]]] = []
        self.bursts: list[tuple[float, Mapping[str, object]]] = []
        self.digits = InCallDigits(directory_of(site, foreign_site()), self, self.event, self.burst)

    def write(self, entry: DoorLogEntry) -> None:
        self.rows.append(entry)

    def event(self, call_id: str, at: float, detail: Mapping[str, object]) -> None:
        self.events.append((call_id, at, detail))

    def burst(self, call_id: str, at: float, detail: Mapping[str, object]) -> None:
        self.bursts.append((at, detail))

    @property
    def told(self) -> list[tuple[float, object, object, object]]:
        return [(at, how["by"], how["reason"], how["count"]) for at, how in self.bursts]

    def press(
        self,
        digit: str,
        *,
        by: str = "a1001",
        door: str = "d-1",
        at: float = 100.0,
        content_type: str = INFO,
        call_id: str = "call-1",
    ) -> Outcome:
        body = f"Signal={digit}\r\nDuration=160\r\n".encode()
        return self.digits.digits(call_id, by, door, content_type, body, at)

    @property
    def log(self) -> list[tuple[str, str, str, str]]:
        return [(row.relay_name, row.response, row.initiated_by, row.reason) for row in self.rows]


@pytest.mark.parametrize(
    ("user", "name"),
    [
        ("a1001", "A1001"),
        ("i1001", "I1001"),
        ("g-1", "G-1"),
        ("+441632960001", "Flat 1001"),
    ],
)
def test_a_party_of_the_call_opens_the_door_and_the_log_says_who(user: str, name: str) -> None:
    rig = Rig()

    assert rig.press("#", by=user) == Outcome(True, FRONT, "in_call")
    assert rig.log == [("Front", "allowed", name, "in_call")]


def test_the_timeline_of_the_call_learns_of_an_opening() -> None:
    rig = Rig()
    rig.press("#", at=123.5)

    assert rig.events == [
        (
            "call-1",
            123.5,
            {
                "allowed": True,
                "reason": "in_call",
                "relay_id": 1,
                "relay": "Front",
                "device_id": account("d-1").device_id,
                "door": "D-1",
                "by": "A1001",
                "by_kind": "app",
                "by_user": "a1001",
            },
        )
    ]


def test_a_code_of_several_digits_opens_with_its_last_one() -> None:
    rig = Rig()

    assert [rig.press("2", at=100.0), rig.press("1", at=101.0)] == [
        Outcome(True, None, "digits"),
        Outcome(True, YARD, "in_call"),
    ]
    assert rig.log == [("Yard", "allowed", "A1001", "in_call")]


def test_a_code_may_come_in_one_message() -> None:
    rig = Rig()

    assert rig.press("921") == Outcome(True, YARD, "in_call")


def test_the_last_digit_of_a_forbidden_code_is_withheld_and_logged() -> None:
    rig = Rig()

    assert [rig.press("2"), rig.press("4", at=101.0)] == [
        Outcome(True, None, "digits"),
        Outcome(False, None, "in_call_off"),
    ]
    assert rig.log == [("Vault", "denied", "A1001", "in_call_off")]
    assert [detail["allowed"] for _call, _at, detail in rig.events] == [False]


def test_waiting_does_not_get_a_forbidden_code_past() -> None:
    rig = Rig()
    rig.press("2", at=100.0)

    assert rig.press("4", at=4000.0) == Outcome(False, None, "in_call_off")


def test_a_withheld_digit_was_not_heard_so_trying_again_is_withheld_again() -> None:
    rig = Rig()
    rig.press("2", at=100.0)

    assert [rig.press("4", at=101.0 + second).forward for second in range(3)] == [False] * 3


def test_an_opening_between_the_digits_does_not_get_a_forbidden_code_past() -> None:
    door = relay(2, "12", name="Yard"), relay(3, "24", name="Vault", in_call=False)
    rig = Rig(with_relays(residence(), *door))

    assert [rig.press("1").reason, rig.press("2").reason, rig.press("4").reason] == [
        "digits",
        "in_call",
        "in_call_off",
    ]


def test_one_forbidden_code_withholds_the_whole_message() -> None:
    rig = Rig()

    assert rig.press("2124") == Outcome(False, None, "in_call_off")
    assert rig.log == [("Vault", "denied", "A1001", "in_call_off")]


def test_digits_of_two_parties_add_up_at_the_same_door() -> None:
    rig = Rig()

    assert [rig.press("2", by="a1001").forward, rig.press("4", by="i1001").forward] == [
        True,
        False,
    ]


def test_digits_of_two_calls_do_not_add_up() -> None:
    rig = Rig()

    assert [rig.press("2", call_id="one").forward, rig.press("4", call_id="two").forward] == [
        True,
        True,
    ]


def test_a_pause_breaks_a_code_that_may_be_entered() -> None:
    rig = Rig()
    rig.press("2", at=100.0)

    assert (rig.press("1", at=200.0), rig.log) == (Outcome(True, None, "digits"), [])


def test_the_copy_of_a_digit_by_another_way_neither_opens_twice_nor_goes_on() -> None:
    rig = Rig()

    assert [rig.press("#"), rig.press("#", at=100.2, content_type="application/dtmf")] == [
        Outcome(True, FRONT, "in_call"),
        Outcome(False, None, "repeated"),
    ]
    assert len(rig.rows) == 1


def test_two_presses_open_twice() -> None:
    rig = Rig()

    assert [rig.press("#"), rig.press("#", at=103.0)] == [Outcome(True, FRONT, "in_call")] * 2


def test_relays_that_share_a_code_are_all_in_the_log() -> None:
    twins = relay(1, "5", name="Left"), relay(2, "5", name="Right"), relay(3, "", name="Bare")
    rig = Rig(with_relays(residence(), *twins))

    assert rig.press("5") == Outcome(True, twins[0], "in_call")
    assert [row.relay_name for row in rig.rows] == ["Left", "Right"]


def test_the_longest_code_counts_when_one_ends_with_another() -> None:
    both = relay(1, "1", name="Short"), relay(2, "21", name="Long")
    rig = Rig(with_relays(residence(), *both))

    assert [rig.press("2"), rig.press("1")] == [
        Outcome(True, None, "digits"),
        Outcome(True, both[1], "in_call"),
    ]


@pytest.mark.parametrize(
    ("by", "reason"),
    [
        ("9999999999", "foreign_site"),
        ("+33123456789", "kind_may_not_open"),
        ("d-2", "door_may_not_open"),
    ],
)
def test_parties_that_may_not_open_are_denied_with_the_reason(by: str, reason: str) -> None:
    rig = Rig()

    assert rig.press("#", by=by) == Outcome(False, None, reason)
    assert [(row.response, row.reason) for row in rig.rows] == [("denied", reason)]


def test_digits_from_a_door_open_nothing() -> None:
    rig = Rig()

    assert rig.press("#", by="d-1", door="i1001") == Outcome(True, None, "no_door")
    assert rig.rows == []


def test_a_disabled_account_opens_nothing_in_a_call_that_goes_on() -> None:
    site = replace(
        SITE, accounts={**SITE.accounts, "a1001": replace(SITE.accounts["a1001"], enabled=False)}
    )

    assert Rig(site).press("#") == Outcome(False, None, "disabled")


def test_an_account_that_expires_while_it_talks_opens_nothing_more() -> None:
    app = replace(SITE.accounts["a1001"], expires_at=110.0)
    rig = Rig(replace(SITE, accounts={**SITE.accounts, "a1001": app}))

    assert rig.press("#", at=105.0) == Outcome(True, FRONT, "in_call")
    assert rig.press("#", at=110.0) == Outcome(False, None, "account_expired")
    assert rig.log[1:] == [("Front", "denied", "A1001", "account_expired")]


@pytest.mark.parametrize("door", ["i1001", "nobody"])
def test_digits_that_go_to_no_door_pass(door: str) -> None:
    assert Rig().press("#", door=door) == Outcome(True, None, "no_door")


def test_messages_about_something_else_pass() -> None:
    rig = Rig()
    outcome = rig.digits.digits(
        "call-1", "a1001", "d-1", "application/media_control+xml", b"<xml/>", 1.0
    )

    assert outcome == Outcome(True, None, "no_digits")


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "multipart/mixed;boundary=b", "application/vnd.nortelnetworks.digits"],
)
def test_what_may_be_digits_in_disguise_passes_only_if_every_relay_may_be_opened(
    content_type: str,
) -> None:
    outcomes = [
        Rig(site).digits.digits("call-1", "a1001", "d-1", content_type, b"Signal=4\r\n", 1.0)
        for site in (with_relays(residence(), FRONT, YARD), SITE)
    ]

    assert outcomes == [
        Outcome(True, None, "not_understood"),
        Outcome(False, None, "not_understood"),
    ]


def test_a_message_without_a_body_passes() -> None:
    outcome = Rig().digits.digits("call-1", "a1001", "d-1", "", b"", 1.0)

    assert outcome == Outcome(True, None, "no_digits")


def test_a_hook_flash_passes() -> None:
    assert Rig().press("16") == Outcome(True, None, "no_digits")


def test_what_cannot_be_read_passes_only_for_who_may_open_everything() -> None:
    harmless = with_relays(residence(), FRONT, replace(VAULT, dtmf_code=""))

    assert [Rig(SITE).press("?"), Rig(harmless).press("?"), Rig(residence()).press("?")] == [
        Outcome(False, None, "not_understood"),
        Outcome(True, None, "not_understood"),
        Outcome(True, None, "not_understood"),
    ]


def test_a_door_account_without_a_device_has_no_relays() -> None:
    site = replace(
        SITE, accounts={**SITE.accounts, "d-1": replace(SITE.accounts["d-1"], device_id=None)}
    )

    assert Rig(site).press("#") == Outcome(True, None, "digits")


def test_an_ended_call_is_forgotten() -> None:
    rig = Rig()
    rig.press("2", call_id="one")
    rig.press("2", call_id="two")
    rig.digits.call_ended("one")
    rig.digits.call_ended("never was")

    assert len(rig.digits) == 1


def test_digits_that_complete_no_code_are_one_entry_a_burst() -> None:
    rig = Rig()
    for at, digit in ((100.0, "9"), (101.0, "8"), (102.0, "7"), (130.0, "9")):
        rig.press(digit, at=at)
    before_the_end = rig.told[:]
    rig.digits.call_ended("call-1")

    assert before_the_end == [(102.0, "A1001", "no_code", 3)]
    assert rig.told == [(102.0, "A1001", "no_code", 3), (130.0, "A1001", "no_code", 1)]
    assert rig.bursts[0][1] == {
        "reason": "no_code",
        "count": 3,
        "forwarded": True,
        "device_id": SITE.accounts["d-1"].device_id,
        "door": "D-1",
        "by": "A1001",
        "by_kind": "app",
        "by_user": "a1001",
    }


def test_digits_of_a_code_are_no_entry_beside_the_opening() -> None:
    rig = Rig()
    rig.press("2")
    rig.press("1")
    rig.press("2")
    rig.press("4")
    rig.digits.call_ended("call-1")

    assert [row[:2] for row in rig.log] == [("Yard", "allowed"), ("Vault", "denied")]
    assert rig.told == []


def test_two_parties_press_two_bursts() -> None:
    rig = Rig()
    rig.press("9")
    rig.press("9", by="g-1")
    rig.digits.call_ended("call-1")

    assert [(by, count) for _, by, _, count in rig.told] == [("A1001", 1), ("G-1", 1)]


def test_what_cannot_be_read_is_an_entry_that_says_what_became_of_it() -> None:
    rig = Rig()
    rig.press("?")

    assert [(how["reason"], how["forwarded"]) for _, how in rig.bursts] == [
        ("not_understood", False)
    ]


def test_entries_about_digits_that_open_nothing_are_bounded() -> None:
    rig = Rig()
    for number in range(100):
        rig.press("9", at=100.0 + 20 * number)
        rig.press("?", at=101.0 + 20 * number)

    assert len(rig.bursts) == in_call.MAX_BURSTS


def test_the_memory_of_calls_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(in_call, "MAX_CALLS", 3)
    rig = Rig()
    for number in range(10):
        rig.press("2", call_id=str(number))

    assert len(rig.digits) == 3


# --- properties ---------------------------------------------------------------------------------

CODES = st.text("0123456789*#", min_size=1, max_size=4)
PRESSES = st.lists(
    st.tuples(
        st.sampled_from(("a1001", "i2001", "g-1", "d-2", "+441632960001", "9999999999", "nobody")),
        st.sampled_from(("d-1", "i1001", "nobody")),
        st.sampled_from((INFO, "application/dtmf", "text/plain", "")),
        st.binary(max_size=30) | st.builds("Signal={}".format, CODES).map(str.encode),
        st.floats(0, 100),
    ),
    max_size=12,
)


@given(PRESSES)
def test_no_message_of_anybody_raises(
    presses: list[tuple[str, str, str, bytes, float]],
) -> None:
    rig = Rig()
    for sender, receiver, content_type, body, at in presses:
        outcome = rig.digits.digits("call-1", sender, receiver, content_type, body, at)
        assert outcome.forward or outcome.opened is None


@given(st.sampled_from(("a1001", "9999999999")), CODES, CODES)
def test_what_is_written_and_returned_does_not_depend_on_the_digits(
    by: str, one: str, other: str
) -> None:
    """Whatever the code is, the same row, event and outcome come out: nothing tells the digits."""

    def told(code: str) -> tuple[str, list[DoorLogEntry], object]:
        rig = Rig(with_relays(residence(), relay(1, code)))
        outcomes = [rig.press(digit) for digit in code]
        return repr(outcomes[-1]), rig.rows, rig.events

    assert told(one) == told(other)


@given(st.lists(st.sampled_from("24#1"), max_size=14), st.lists(st.floats(0, 30), min_size=14))
def test_what_a_door_hears_never_ends_with_a_forbidden_code(
    digits: list[str], pauses: list[float]
) -> None:
    rig = Rig()
    heard, at = "", 100.0
    for digit, pause in zip(digits, pauses, strict=False):
        at += pause
        if rig.press(digit, at=at).forward:
            heard += digit

    assert "24" not in heard
