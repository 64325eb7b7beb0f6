"""Messages of a call as a ladder."""

from sipcore.capture.captured import Addresses, Captured
from sipcore.capture.ladder import MAX_RUNGS, Rung, ladder
from sipcore.kernel.flow import Flow

FLOW = Flow("UDP", 0, "192.0.2.7", 5062)
US = ("198.51.100.1", 5060)


def rung(at: float, was_received: bool, party: int, data: bytes) -> Rung:
    peer = (FLOW.host, FLOW.port)
    way = Addresses("UDP", *peer, *US) if was_received else Addresses("UDP", *US, *peer)
    return Rung(Captured(at, was_received, FLOW, data), way, party)


INVITE = b'INVITE sip:1001@d SIP/2.0\r\nAuthorization: Digest response="cafe"\r\n\r\nv=0\r\n'
RINGING = b"SIP/2.0 180 Ringing\r\n\r\n"
PARTIES = ("Main entrance", "Kitchen", "Ann")


def drawn(*rungs: Rung) -> list[str]:
    return list(ladder(PARTIES, rungs, 100.0))


def test_each_message_is_an_arrow_between_the_server_and_a_party() -> None:
    lines = drawn(
        rung(99.99, True, 0, INVITE),
        rung(100.0, False, 1, INVITE),
        rung(100.0, False, 2, INVITE),
        rung(100.5, True, 2, RINGING),
        rung(100.5, False, 0, RINGING),
    )

    # The first 13 columns are the time.
    assert [line[13:] for line in lines[:6]] == [
        "       Main entrance                  Doorline                    Kitchen"
        "                       Ann",
        "             |------- (1) INVITE ------->|                           |"
        "                           |",
        "             |                           |------- (2) INVITE ------->|"
        "                           |",
        "             |                           |--------------------- (3) INVITE "
        "--------------------->|",
        "             |                           |<------------------ (4) 180 Ringing "
        "-------------------|",
        "             |<---- (5) 180 Ringing -----|                           |"
        "                           |",
    ]
    assert [line[:13].strip() for line in lines[:6]] == [
        "",
        "-0.010 s",
        "+0.000 s",
        "+0.000 s",
        "+0.500 s",
        "+0.500 s",
    ]


def test_each_message_follows_as_it_went_without_its_secrets() -> None:
    lines = drawn(rung(99.99, True, 0, INVITE))

    assert lines[2:] == [
        "",
        "(1)  -0.010 s  received from 192.0.2.7 port 5062, udp",
        "    INVITE sip:1001@d SIP/2.0",
        '    Authorization: Digest response="xxxx"',
        "",
        "    v=0",
    ]


def test_a_message_that_is_repeated_says_so() -> None:
    lines = drawn(rung(100.0, False, 1, INVITE), rung(100.5, False, 1, INVITE))

    assert ("(1) INVITE -" in lines[1], "(2) INVITE again" in lines[2]) == (True, True)


def test_what_phones_send_moves_no_cursor() -> None:
    lines = list(ladder(("\x1b[2JDoor",), [rung(100.0, True, 0, b"X\x1b[1m\xff y\r\n\r\n")], 100.0))

    assert all(line.isprintable() for line in lines)


def test_a_call_of_very_many_messages_is_cut_and_says_so() -> None:
    lines = drawn(*[rung(100.0, True, 0, RINGING)] * (MAX_RUNGS + 5))

    assert lines[MAX_RUNGS + 1] == "and 5 more messages"
    assert sum("received from" in line for line in lines) == MAX_RUNGS
