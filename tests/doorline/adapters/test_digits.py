"""Door codes between the B2BUA and the relays."""

from collections.abc import Mapping

from directory.queries.dial import DialAccount, DialDirectory, DialRelay, DialSite
from doorline.adapters.digits import DoorDigits
from relay.in_call import InCallDigits
from sipcore.b2bua.plan import Party
from sipcore.b2bua.ports import DigitVerdict
from tests.support.clock import ManualClock
from tests.support.door_log import Rows


def directory() -> DialDirectory:
    door = DialAccount(1, "door", "door", "Main door", 7, device_id=3)
    app = DialAccount(2, "app", "app", "Ann", 7, apartment_id=5, person_id=9)
    found = DialDirectory()
    found.put_site(
        DialSite(
            7,
            "Court",
            "community",
            "UTC",
            "GB",
            accounts={"door": door, "app": app},
            relays={3: (DialRelay(4, 3, 1, "Gate", "12"),)},
        )
    )
    return found


DOOR, APP, STRANGER = Party("door", "door"), Party("app", "app"), Party("unknown", "x")


def test_a_code_is_passed_on_or_withheld_and_told() -> None:
    rows = Rows()
    told: list[tuple[str, float, Mapping[str, object]]] = []
    clock = ManualClock(utc=100.0)
    sink = DoorDigits(InCallDigits(directory(), rows, lambda *fact: told.append(fact)), clock)
    content = b"application/dtmf-relay"

    verdicts = [
        sink.digits("c1", APP, DOOR, content, b"Signal=1\r\n"),
        sink.digits("c1", APP, DOOR, content, b"Signal=2\r\n"),
        sink.digits("c2", STRANGER, DOOR, content, b"Signal=1\r\n"),
        sink.digits("c2", STRANGER, DOOR, content, b"Signal=2\r\n"),
        sink.digits("c3", APP, DOOR, b"text/\xff", b"12"),
    ]

    assert verdicts == [
        DigitVerdict.FORWARD,
        DigitVerdict.OPEN,
        DigitVerdict.FORWARD,
        DigitVerdict.WITHHOLD,
        DigitVerdict.FORWARD,
    ]
    assert [(row.at, row.initiated_by, row.response) for row in rows.entries] == [
        (100.0, "Ann", "allowed"),
        (100.0, "x", "denied"),
    ]
    assert [(call_id, at) for call_id, at, _ in told] == [("c1", 100.0), ("c2", 100.0)]


def test_what_was_pressed_is_forgotten_with_the_call() -> None:
    digits = InCallDigits(directory(), Rows(), lambda *_: None)
    sink = DoorDigits(digits, ManualClock())

    sink.digits("c1", APP, DOOR, b"application/dtmf-relay", b"Signal=1\r\n")
    sink.call_ended("c1")

    assert len(digits) == 0


def test_keys_are_read_in_any_spelling_and_nobody_is_told_of_them() -> None:
    told: list[tuple[str, float, Mapping[str, object]]] = []
    rows = Rows()
    calls = InCallDigits(directory(), rows, lambda *fact: told.append(fact))
    sink = DoorDigits(calls, ManualClock(utc=100.0))

    assert [
        sink.keys(b"application/dtmf-relay", b"Signal=1\r\nDuration=160\r\n"),
        sink.keys(b"APPLICATION/DTMF", b"21"),
        sink.keys(b"application/dtmf-relay", b"Signal=10"),
        sink.keys(b"application/dtmf-relay", b"Signal=1\r\nSignal=2"),
        sink.keys(b"application/dtmf", b""),
        sink.keys(b"text/plain", b"1"),
    ] == ["1", "21", "*", "", "", None]
    assert (told, rows.entries, len(calls)) == ([], [], 0)
