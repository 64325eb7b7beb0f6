"""What waits while more comes than can be handled: once each, the familiar first, bounded."""

from sipcore.kernel.flow import Flow
from sipcore.transport.backlog import TURNS, Backlog

STRANGER = Flow("UDP", 0, "192.0.2.1", 5060)
PHONE = Flow("UDP", 0, "192.0.2.2", 5060)
PROVEN = b"REGISTER sip:x SIP/2.0\r\nAuthorization: Digest username=u\r\n\r\n"


def bare(number: int) -> bytes:
    return b"REGISTER sip:x SIP/2.0\r\nCSeq: %d REGISTER\r\n\r\n" % number


def invite(number: int) -> bytes:
    return b"INVITE sip:x SIP/2.0\r\nCSeq: %d INVITE\r\n\r\n" % number


def knows(flow: Flow) -> bool:
    return flow == PHONE


def taken(backlog: Backlog, count: int = 100) -> list[bytes]:
    return [data for data, _ in backlog.take(count)]


def test_what_comes_first_is_handled_first() -> None:
    backlog = Backlog(knows)
    for number in range(5):
        backlog.put(bare(number), STRANGER)

    assert taken(backlog, 3) == [bare(0), bare(1), bare(2)]
    assert taken(backlog) == [bare(3), bare(4)]
    assert len(backlog) == 0


def test_a_repetition_takes_no_place_while_the_first_copy_waits() -> None:
    backlog = Backlog(knows)
    for _ in range(3):
        backlog.put(bare(1), STRANGER)
    backlog.put(bare(1), PHONE)

    assert (len(backlog), backlog.repeated) == (2, 2)
    taken(backlog)
    backlog.put(bare(1), STRANGER)
    assert len(backlog) == 1


def test_calls_proofs_and_known_sources_overtake_strangers_who_are_served_too() -> None:
    backlog = Backlog(knows)
    for number in range(20):
        backlog.put(bare(number), STRANGER)
    familiar = [
        b"BYE sip:x SIP/2.0\r\n\r\n",
        b"SIP/2.0 200 OK\r\n\r\n",
        PROVEN,
    ]
    for data in familiar:
        backlog.put(data, STRANGER)
    backlog.put(invite(99), PHONE)

    served = taken(backlog, 2 * len(TURNS))

    assert [data for data in served if data in (*familiar, invite(99))] == [*familiar, invite(99)]
    assert served.index(invite(99)) <= len(TURNS) + 1
    assert served[0] == bare(0)


def test_each_queue_is_bounded_and_a_flood_of_strangers_takes_no_place_from_the_familiar() -> None:
    backlog = Backlog(knows, most=10)
    for number in range(50):
        backlog.put(bare(number), STRANGER)
    for number in range(4):
        backlog.put(invite(number), PHONE)

    assert (len(backlog), backlog.dropped, backlog.fill) == (14, 40, 1.0)


def test_long_datagrams_fill_a_queue_by_their_octets_and_make_room_when_they_leave() -> None:
    backlog = Backlog(knows, room=10_000)
    for number in range(5):
        backlog.put(invite(number).ljust(4_000), STRANGER)

    assert (len(backlog), backlog.dropped, backlog.fill) == (2, 3, 0.8)
    assert len(taken(backlog)) == 2
    assert backlog.fill == 0
    backlog.put(invite(9).ljust(9_000), STRANGER)
    assert len(backlog) == 1


def test_an_empty_backlog_gives_nothing() -> None:
    assert taken(Backlog(knows)) == []


def test_behind_one_address_phones_that_have_begun_overtake_those_that_begin() -> None:
    backlog = Backlog(knows)
    for number in range(10):
        backlog.put(bare(number), PHONE)
    for number in range(10):
        backlog.put(PROVEN + b"%d" % number, PHONE)

    served = taken(backlog, 8)

    assert served[:4] == [bare(0), PROVEN + b"0", bare(1), PROVEN + b"1"]


def test_a_phone_that_begins_at_a_known_address_waits_behind_no_flood() -> None:
    backlog = Backlog(knows)
    for number in range(1000):
        backlog.put(bare(number), STRANGER)
    for number in range(3):
        backlog.put(bare(number), PHONE)

    served = list(backlog.take(8))

    assert [flow for _, flow in served].count(PHONE) == 3
    assert served[0][1] == STRANGER
