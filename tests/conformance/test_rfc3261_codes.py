"""RFC 3261 §16.7, §20 and §21: what a caller hears of what the called phones said."""

import pytest

from tests.conformance.line import Line, dial, summary
from tests.support.peers import ANSWER_SDP, reply
from tests.support.plain_message import read
from tests.support.wire import APP, DOOR, MONITOR, Wire, requests, responses, stage, talk


@pytest.mark.parametrize("status", [404, 410, 415, 480, 484, 486, 488, 500, 503, 600, 603, 606])
def test_the_failure_of_the_only_phone_is_a_failure_of_the_call(status: int) -> None:
    """§21: one final response of 300 to 699, that ends the INVITE."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, status, flow=MONITOR), MONITOR)
    (final,) = [one for one in line.to(DOOR) if one.status >= 200]

    assert 400 <= final.status < 700
    assert line.wire.journal.names[-1] == "CallEnded"


@pytest.mark.parametrize("status", [486, 603, 480, 488])
def test_busy_and_declined_reach_the_caller_as_they_are(status: int) -> None:
    """§16.7 step 6: the best response is chosen; of one there is no choice."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, status, flow=MONITOR), MONITOR)

    assert line.to(DOOR)[-1].status == status


@pytest.mark.parametrize("status", [401, 407])
def test_a_challenge_of_a_phone_is_not_passed_on(status: int) -> None:
    """§16.7, RFC 7092: the B2BUA is the client; the caller's password is none of that phone's."""
    line = Line()
    leg = line.ring()
    line.say(
        reply(leg, status, flow=MONITOR, extra=('WWW-Authenticate: Digest realm="x", nonce="y"',)),
        MONITOR,
    )
    final = line.to(DOOR)[-1]

    assert final.status not in (401, 407)
    assert final.every("WWW-Authenticate") == []


@pytest.mark.parametrize(
    ("status", "told"),
    [
        *((status, 500) for status in (420, 421, 422, 423, 481, 489, 501, 505)),
        (491, 480),
        *((status, status) for status in (482, 483)),  # a loop is told
    ],
)
def test_what_a_phone_finds_wrong_with_our_invite_is_not_the_callers_fault(
    status: int, told: int
) -> None:
    """§8.1.3.5, §21.4: such a failure asks its receiver to mend the request, and the caller has
    sent another one."""
    line = Line()
    leg = line.ring()
    asked = ("Unsupported: x", "Require: 100rel", "Min-SE: 0", "Retry-After: 9")
    line.say(reply(leg, status, flow=MONITOR, extra=asked), MONITOR)
    final = line.to(DOOR)[-1]

    assert (final.status, final.get("Retry-After")) == (told, "9")
    assert [final.every(name) for name in ("Unsupported", "Require", "Min-SE")] == [[], [], []]


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (405, "Allow: INVITE, BYE"),
        (415, "Accept: application/dtmf-relay"),
        (420, "Unsupported: x"),
        (421, "Require: 100rel"),
        (489, "Allow-Events: conference"),
    ],
)
def test_a_refusal_inside_a_dialog_crosses_with_what_makes_it_legal(status: int, line: str) -> None:
    """§20, table 2; §21.4.6, §21.4.13, §21.4.15, §21.4.16: these failures MUST or SHOULD say so."""
    on = talk()
    info = on.door("INFO", body=b"Signal=1", kind="application/dtmf-relay")
    (crossed,) = requests(on.wire.receive(info, DOOR), b"INFO")
    (refused,) = responses(on.wire.receive(reply(crossed, status, extra=(line,)), MONITOR))

    name, _, value = line.partition(": ")
    assert (refused.status, refused.first(name.lower().encode())) == (status, value.encode())


def test_a_refusal_that_does_not_say_what_it_must_is_500() -> None:
    """§21.4.15: a 420 without Unsupported tells its receiver nothing that it could do."""
    on = talk()
    info = on.door("INFO", body=b"Signal=1", kind="application/dtmf-relay")
    (crossed,) = requests(on.wire.receive(info, DOOR), b"INFO")
    (refused,) = responses(on.wire.receive(reply(crossed, 420), MONITOR))

    assert refused.status == 500


@pytest.mark.parametrize("status", [300, 301, 302, 305, 380])
def test_a_redirection_is_not_followed_nor_passed_on(status: int) -> None:
    """§8.1.3.4, §16.7 step 4: recursion is a MAY. A phone that redirects could send a visitor's
    call anywhere, so the leg has failed."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, status, flow=MONITOR, contact="sip:premium@elsewhere.example"), MONITOR)
    final = line.to(DOOR)[-1]

    assert 400 <= final.status < 700
    assert "elsewhere" not in final.raw.decode()
    assert len([one for one in line.to(MONITOR) if one.method == "INVITE"]) == 1


@pytest.mark.parametrize("status", [101, 180, 181, 182, 183, 199])
def test_a_provisional_response_never_ends_a_leg(status: int) -> None:
    """§21.1."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, status, flow=MONITOR), MONITOR)
    line.say(reply(leg, 200, body=ANSWER_SDP, flow=MONITOR), MONITOR)

    assert summary(line.to(DOOR))[-1] == "200 INVITE"


@pytest.mark.parametrize("status", [299, 399, 499, 599, 699, 420, 433, 555])
def test_a_code_that_nobody_knows_counts_as_x00(status: int) -> None:
    """§8.1.3.2: an unknown final code is treated as the x00 of its class."""
    line = Line()
    leg = line.ring()
    line.say(reply(leg, status, body=ANSWER_SDP if status < 300 else b"", flow=MONITOR), MONITOR)
    final = line.to(DOOR)[-1].status

    assert final // 100 == status // 100 if status < 300 else final >= 400


@pytest.mark.parametrize("status", ["099", "700", "999", "20", "2000", "2x0", "-200", "²00"])
def test_a_status_outside_100_to_699_is_no_response(status: str) -> None:
    """§7.2, §25.1: three digits; §8.1.3.2. It is dropped, and the phone may answer again."""
    line = Line()
    leg = line.ring()
    data = reply(leg, 180, flow=MONITOR).replace(b"SIP/2.0 180", f"SIP/2.0 {status}".encode())

    assert line.say(data, MONITOR) == []
    assert summary(line.say(reply(leg, 180, flow=MONITOR), MONITOR)) == ["180 INVITE"]


def test_another_version_in_a_response_is_dropped() -> None:
    """§7.1."""
    line = Line()
    leg = line.ring()
    data = reply(leg, 180, flow=MONITOR).replace(b"SIP/2.0 180", b"SIP/3.0 180")

    assert line.say(data, MONITOR) == []


def test_a_response_with_two_vias_was_for_somebody_else() -> None:
    """§8.1.3.3: more than one Via value: the message SHOULD be discarded."""
    line = Line()
    leg = line.ring()
    data = reply(leg, 180, flow=MONITOR).replace(
        b"\r\nFrom", b"\r\nVia: SIP/2.0/UDP x;branch=z9hG4bKx\r\nFrom", 1
    )

    assert line.say(data, MONITOR) == []


@pytest.mark.parametrize(
    ("statuses", "heard"),
    [((486, 404), {486, 404}), ((503, 486), {486}), ((603, 200), {200}), ((404, 600), {600, 404})],
)
def test_of_two_phones_the_better_answer_is_heard(
    statuses: tuple[int, int], heard: set[int]
) -> None:
    """§16.7 step 6. A 6xx ends its own leg only: one resident must not silence the others."""
    wire = Wire(stage("indoor", "monitor", "app"), contacts={"monitor": [MONITOR], "app": [APP]})
    line = Line(wire)
    legs = requests(wire.receive(dial(), DOOR), b"INVITE")
    for status, leg, flow in zip(statuses, legs, (MONITOR, APP), strict=True):
        body = ANSWER_SDP if status == 200 else b""
        line.say(reply(leg, status, body=body, flow=flow), flow)

    assert line.to(DOOR)[-1].status in heard


def test_a_415_comes_back_with_what_is_accepted() -> None:
    """§8.2.3, §21.4.13: Accept of the phone that judged the body."""
    line = Line()
    leg = line.ring(dial(kind="application/x-new"))
    line.say(reply(leg, 415, flow=MONITOR, extra=("Accept: application/sdp",)), MONITOR)

    told = line.to(DOOR)[-1]
    assert (told.status, told.get("Accept")) == (415, "application/sdp")


@pytest.mark.parametrize(("status", "told"), [(486, 486), (480, 480), (600, 600), (503, 500)])
def test_when_to_try_again_is_told_the_caller(status: int, told: int) -> None:
    """§20.33, §16.7 step 6: Retry-After of the failure that is passed on, without its body."""
    line = Line()
    leg = line.ring(dial())
    refusal = reply(leg, status, body=b"later", flow=MONITOR, extra=("Retry-After: 7",))
    line.say(refusal, MONITOR)

    last = line.to(DOOR)[-1]
    assert (last.status, last.get("Retry-After"), last.body) == (told, "7", "")


def test_a_retry_after_within_a_call_comes_back() -> None:
    """§20.33, §14.1."""
    on = talk()
    (crossed,) = requests(on.wire.receive(on.door("INFO", body=b"x", kind="text/x"), DOOR), b"INFO")
    sent = on.wire.receive(reply(crossed, 500, extra=("Retry-After: 7",)), MONITOR)

    assert read(responses(sent)[0].raw).get("Retry-After") == "7"


@pytest.mark.parametrize("hops", [1, 2, 70, 255])
def test_every_hop_counts(hops: int) -> None:
    """§16.6 step 3, RFC 7332 §3.2: what a B2BUA sends on has one hop less."""
    leg = Line().ring(dial(hops=f"Max-Forwards: {hops}"))

    assert leg.first(b"max-forwards") == str(hops - 1).encode()


def test_a_call_that_comes_back_is_a_loop() -> None:
    """§16.3 step 4, RFC 5393 §4.2, RFC 7332: our own leg that returns to us is 482, although its
    Call-ID and tags are new; the leg carries the call's id for that."""
    line = Line()
    leg = line.ring()
    visit = read(leg.raw).get("X-Doorline-Visit")
    back = dial(
        f"X-Doorline-Visit: {visit}",
        call_id="Call-ID: came-back",
        via="Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK-back",
    )

    assert visit
    assert summary(line.say(back)) == ["482 INVITE"]


def test_a_loop_without_that_header_ends_when_no_hop_is_left() -> None:
    """RFC 7332 §3.2: Max-Forwards is the last defence."""
    line = Line()
    hops = 70
    for number in range(80):
        sent = line.say(
            dial(
                hops=f"Max-Forwards: {hops}",
                call_id=f"Call-ID: {number}",
                via=f"Via: SIP/2.0/UDP 192.0.2.1:5062;rport;branch=z9hG4bK{number}",
            )
        )
        legs = [one for one in sent if one.method == "INVITE" and not one.status]
        if not legs:
            break
        hops = int(legs[0].get("Max-Forwards"))

    assert (hops, summary(sent)) == (0, ["483 INVITE"])


def test_an_invitation_that_is_over_at_once_is_487() -> None:
    """§13.3.1: a UAS whose invitation has expired SHOULD answer 487; 0 seconds are over now."""
    line = Line()
    line.say(dial("Expires: 0"))
    line.wait(1.0)

    assert "487 INVITE" in summary(line.to(DOOR))


@pytest.mark.parametrize("seconds", [1, 5, 20])
def test_an_invitation_that_expires_is_487_and_the_phone_stops_ringing(seconds: int) -> None:
    """§13.3.1, §20.19."""
    line = Line()
    leg = line.ring(dial(f"Expires: {seconds}"))
    line.say(reply(leg, 180, flow=MONITOR), MONITOR)
    line.wait(seconds + 0.5)

    assert "487 INVITE" in summary(line.to(DOOR))
    assert summary(line.to(MONITOR)) == ["INVITE", "CANCEL"]
