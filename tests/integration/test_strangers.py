"""What outsiders, neighbours and the curious learn and reach: nothing that is not theirs.

Everything is played on the real program with a phone that shares no code with it. The log runs at
level debug, so that what is never written is proven not to be written.
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.demo_community import FOREIGN, account_id, add_foreigner, phone_of
from tests.support.plain_message import DOMAIN, Received, uri_of
from tests.support.plain_sip import PlainCall, PlainPhone
from tests.support.program import Program, moment, wait_until

DOOR_CODE = "7391"
GARAGE_CODE = "8642"
"""Of a relay that digits of a call may not open."""


@dataclass
class Estate:
    """The demo community with phones of its own, and an account of another site."""

    server: Program
    door: PlainPhone
    monitor: PlainPhone
    ann: PlainPhone
    """The app of the monitor's flat."""
    ben: PlainPhone
    """The app of another flat."""


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Estate]:
    with ExitStack() as stack:
        server = stack.enter_context(Program(tmp_path_factory.mktemp("strangers")))
        add_foreigner(server)
        for relay in server.get("/relays")["items"]:
            is_main = relay["name"] == "Main door"
            server.change(
                f"/relays/{relay['id']}",
                {"dtmf_code": DOOR_CODE if is_main else GARAGE_CODE, "in_call": is_main},
            )
        phones = [
            stack.enter_context(phone_of(server, name))
            for name in ("Main entrance", "Monitor 1001", "Ann Archer", "Ben Baker")
        ]
        for phone in phones:
            assert phone.register().status == 200
        yield Estate(server, *phones)
        assert server.metric("doorline_sip_internal_errors_total") == 0
        assert "Traceback" not in server.log


@dataclass
class Talk:
    """The door and the monitor of flat 1001 talk."""

    invite: bytes
    visitor: PlainCall
    resident: PlainCall


@pytest.fixture
def talk(estate: Estate) -> Iterator[Talk]:
    invite = estate.door.call("1001")
    ringing = estate.monitor.rung()
    estate.monitor.answer(ringing)
    running = Talk(invite, estate.door.accepted(invite), ringing)
    yield running
    estate.monitor.answer_to(estate.monitor.inside(ringing, "BYE"))
    estate.door.reply(estate.door.receive("BYE"), "200 OK")


def outline(answer: Received, user: str) -> bytes:
    """An answer without what differs from one request to the next."""
    text = answer.raw.replace(user.encode(), b"USER")
    for pattern in (rb";tag=[^;\r]+", rb"(?<=nonce=\")[^\"]+", rb"branch=[^;\r]+"):
        text = re.sub(pattern, b"", text)
    return re.sub(rb"(?m)^(Call-ID|CSeq|Via): .*$", rb"\1", text)


# -- who exists ----------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["REGISTER", "INVITE"])
def test_no_such_account_wrong_password_and_disabled_account_look_alike(
    estate: Estate, method: str
) -> None:
    server = estate.server
    number = account_id(server, "Dan Dyer")
    disabled = phone_of(server, "Dan Dyer")
    server.change(f"/accounts/{number}", {"enabled": False})
    unknown = PlainPhone(server.udp, "9999999999", "anything")
    mistaken = PlainPhone(server.udp, estate.ben.user, "not-the-password")
    outlines: list[tuple[bytes, bytes]] = []
    for phone in (unknown, mistaken, disabled):
        with phone:
            uri = f"sip:{DOMAIN}" if method == "REGISTER" else f"sip:1001@{DOMAIN}"
            target = f"<{phone.aor}>" if method == "REGISTER" else f"<{uri}>"
            lines = (f"Contact: <sip:{phone.user}@127.0.0.1:9>",)
            challenge = phone.answer_to(phone.request(method, uri, target=target, lines=lines))
            refusal = phone.authenticated(method, uri, target=target, lines=lines)
            outlines.append((outline(challenge, phone.user), outline(refusal, phone.user)))
            assert (challenge.status, refusal.status) == (401, 403)
    server.change(f"/accounts/{number}", {"enabled": True})

    assert outlines == [outlines[0]] * 3
    # Whoever set up the phone finds it in the log, and there as well the three look alike.
    for phone in (unknown, mistaken, disabled):
        wait_until(lambda user=phone.user: is_told(server.log, user), f"no line: {phone.user}")  # type: ignore[misc]


def is_told(log: str, user: str) -> bool:
    """Whether a line of the log says that this account was refused for its credentials."""
    return any(
        user in line and "_refused" in line and "wrong_credentials" in line
        for line in log.splitlines()
    )


@pytest.mark.parametrize("method", ["OPTIONS", "INVITE", "MESSAGE", "SUBSCRIBE", "BYE"])
def test_without_credentials_nobody_learns_which_numbers_exist(estate: Estate, method: str) -> None:
    numbers = [estate.ben.user, "1001", FOREIGN[0], "9999999999", "guard"]
    with PlainPhone(estate.server.udp, "curious", "") as curious:
        outlines = [
            outline(
                curious.answer_to(
                    curious.request(
                        method, f"sip:{number}@{DOMAIN}", lines=(f"Contact: {curious.contact}",)
                    )
                ),
                number,
            )
            for number in numbers
        ]

    assert outlines == [outlines[0]] * len(numbers)


def test_a_number_of_another_site_and_no_number_look_alike(estate: Estate) -> None:
    outlines = [
        outline(estate.ann.refused(number), number) for number in (FOREIGN[0], "9999999999")
    ]

    assert outlines == [outlines[0]] * 2
    assert outlines[0].startswith(b"SIP/2.0 404 Not Found\r\n")


def test_an_account_of_another_site_reaches_nobody_here(estate: Estate) -> None:
    numbers = [estate.ben.user, estate.door.user, "1001", "1*1001"]
    with PlainPhone(estate.server.udp, *FOREIGN) as foreigner:
        assert foreigner.register().status == 200
        statuses = [foreigner.refused(number).status for number in numbers]

    assert statuses == [404] * 4
    assert estate.ben.requests() == []


def test_an_operator_of_another_site_sees_nothing_of_this_one(estate: Estate) -> None:
    server = estate.server
    elsewhere = next(s for s in server.get("/sites")["items"] if s["name"] == "Elsewhere")
    user = server.make(
        "/users", {"name": "eve", "role": "property_manager", "site_ids": [elsewhere["id"]]}
    )
    token = server.make(f"/users/{user['id']}/tokens", {})["token"]
    kinds = ("buildings", "apartments", "people", "devices", "relays", "accounts", "visits")
    here = [
        f"/{kind}/{item['id']}"
        for kind in kinds
        for item in server.get(f"/{kind}?limit=200")["items"]
        if item["site_id"] != elsewhere["id"]
    ]
    seen = {
        item["site_id"]
        for kind in kinds
        for item in server.api("GET", f"/{kind}?limit=200", token=token).json["items"]
    }
    missing = server.api("GET", "/devices/4242", token=token)
    answers = [server.api("GET", path, token=token) for path in (*here, "/sites/1")]

    assert seen == {elsewhere["id"]}
    assert (len(here) > 20, missing.status) == (True, 404)
    assert {(answer.status, answer.body) for answer in answers} == {(404, missing.body)}
    assert server.api("GET", "/sites/1/call-plan?apartment=1001", token=token).status == 404


# -- in whose name -------------------------------------------------------------------------------


def test_nobody_calls_or_registers_in_another_name(estate: Estate) -> None:
    ann, ben = estate.ann, estate.ben

    assert ann.refused("1001", source=f"<{ben.aor}>;tag=1").status == 403
    assert ann.register(aor=ben.aor).status == 403


def test_the_callee_sees_the_name_the_server_knows_and_nothing_the_caller_claims(
    estate: Estate,
) -> None:
    ann, ben = estate.ann, estate.ben
    claims = (
        f"P-Asserted-Identity: <{estate.door.aor}>",
        f'Remote-Party-ID: "Police" <{estate.door.aor}>',
        "Referred-By: <sip:police@example.org>",
        "X-Doorline-Visit: forged",
        "Alert-Info: <http://127.0.0.1>;info=alert-autoanswer",
    )

    invite = ann.call(ben.user, source=f'"Police" <{ann.aor}>;tag=1', lines=claims)
    ringing = ben.rung()
    assert ringing.invite is not None
    seen = ringing.invite
    ben.reply(seen, "486 Busy Here", target=ringing.local)
    ben.receive("ACK")
    ann.failed(invite)

    assert seen.get("From").startswith(f'"Ann Archer" <{ann.aor}>;tag=')
    assert not any(
        word in seen.raw for word in (b"olice", b"forged", b"auto", estate.door.user.encode())
    )


def test_a_captured_request_is_of_no_use_to_whoever_captured_it(estate: Estate, talk: Talk) -> None:
    register = estate.ann.challenged(
        "REGISTER",
        f"sip:{DOMAIN}",
        source=f"<{estate.ann.aor}>;tag=1",
        target=f"<{estate.ann.aor}>",
        lines=(f"Contact: {estate.ann.contact}", "Expires: 600"),
    )
    assert estate.ann.answer_to(register).status == 200
    with PlainPhone(estate.server.udp, "thief", "") as thief:
        contact = estate.ann.contact.encode()
        stolen = register.replace(contact, thief.contact.encode())
        call = re.sub(rb"(?m)^(Via: .*branch=|Call-ID: )\S+", rb"\1z9hG4bKstolen", talk.invite)

        answers = [thief.answer_to(stolen).status, thief.answer_to(call).status]

    assert answers == [401, 401]
    left = estate.ann.authenticated(
        "REGISTER",
        f"sip:{DOMAIN}",
        source=f"<{estate.ann.aor}>;tag=1",
        target=f"<{estate.ann.aor}>",
    ).every("Contact")
    assert [uri_of(contact) for contact in left] == [uri_of(estate.ann.contact)]


def test_a_contact_that_leads_back_to_the_server_ends_the_call(estate: Estate) -> None:
    with phone_of(estate.server, "Cleo Carter") as loop:
        host, port = estate.server.udp
        assert loop.register(contact=f"<sip:{loop.user}@{host}:{port}>").status == 200

        assert estate.ann.refused(loop.user).status == 482
        assert loop.register(expires=0, contact="*").status == 200


def test_a_phone_whose_password_was_replaced_is_not_rung_any_more(estate: Estate) -> None:
    with phone_of(estate.server, "Cleo Carter") as stolen:
        assert stolen.register().status == 200

        with phone_of(estate.server, "Cleo Carter") as own:
            assert estate.ann.refused(own.user).status == 480
            assert (stolen.register().status, own.register().status) == (403, 200)
            assert own.register(expires=0, contact="*").status == 200
        assert stolen.requests() == []


# -- somebody else's call ------------------------------------------------------------------------

DIGITS = ("Content-Type: application/dtmf-relay",)


@pytest.mark.parametrize("method", ["INFO", "INVITE", "MESSAGE"])
@pytest.mark.parametrize("side", ["visitor", "resident"])
def test_a_request_from_another_host_is_not_of_this_call_whatever_it_knows(
    estate: Estate, talk: Talk, method: str, side: str
) -> None:
    known = talk.visitor if side == "visitor" else talk.resident
    with PlainPhone(estate.server.udp, "evil", "", host="127.0.0.2") as evil:
        lines = (f"Contact: {evil.contact}", *DIGITS)
        body = f"Signal={DOOR_CODE}\r\n"
        data = evil.inside(PlainCall(**vars(known)), method, lines=lines, body=body)
        status = evil.answer_to(data).status

    assert status == 481
    assert estate.door.requests() == []
    assert estate.monitor.requests() == []


def test_a_tag_that_is_guessed_leads_nowhere(estate: Estate, talk: Talk) -> None:
    guess = PlainCall(**vars(talk.resident))
    guess.local = f"<{estate.ann.aor}>;tag=guess"

    assert estate.ann.answer_to(estate.ann.digits(guess, DOOR_CODE)).status == 481
    assert estate.door.requests() == []


@pytest.mark.parametrize("method", ["REFER", "PUBLISH"])
def test_who_refers_or_publishes_outside_a_call_is_asked_for_credentials(
    estate: Estate, method: str
) -> None:
    assert estate.ann.answer_to(estate.ann.request(method, estate.door.aor)).status == 401


def test_digits_outside_a_call_reach_no_door(estate: Estate) -> None:
    body = f"Signal={DOOR_CODE}\r\n"
    statuses = [
        estate.ann.answer_to(
            estate.ann.request(method, estate.door.aor, lines=DIGITS, body=body)
        ).status
        for method in ("INFO", "MESSAGE")
    ]

    assert statuses == [481, 403]
    assert estate.door.requests() == []


def test_a_phone_that_only_rings_cannot_open_the_door(estate: Estate) -> None:
    invite = estate.door.call("1001")
    ringing = estate.monitor.rung()
    refused = [
        estate.monitor.answer_to(estate.monitor.digits(ringing, digit)).status
        for digit in DOOR_CODE
    ]
    estate.monitor.answer(ringing)
    estate.door.accepted(invite)
    assert estate.door.requests() == []
    estate.monitor.answer_to(estate.monitor.inside(ringing, "BYE"))
    estate.door.reply(estate.door.receive("BYE"), "200 OK")
    late = estate.monitor.answer_to(estate.monitor.digits(ringing, DOOR_CODE)).status

    assert (refused, late) == ([480] * 4, 481)


def test_the_code_of_a_closed_relay_is_withheld_and_written_down(
    estate: Estate, talk: Talk
) -> None:
    began = moment()
    first, last = GARAGE_CODE[:-1], GARAGE_CODE[-1]
    for digit in first:
        estate.monitor.send(estate.monitor.digits(talk.resident, digit))
        estate.door.reply(estate.door.receive("INFO"), "200 OK")
        estate.monitor.receive("200 INFO")

    withheld = estate.monitor.answer_to(estate.monitor.digits(talk.resident, last)).status

    assert withheld == 403
    assert estate.door.requests() == []
    assert openings(estate.server, began) == [("Garage", "denied", "in_call_off", "Monitor 1001")]


def test_the_code_of_an_open_relay_passes_and_is_written_down_without_the_digits(
    estate: Estate, talk: Talk
) -> None:
    began = moment()
    heard = ""
    for digit in DOOR_CODE:
        estate.monitor.send(estate.monitor.digits(talk.resident, digit))
        info = estate.door.receive("INFO")
        heard += info.body.partition("=")[2][0]
        estate.door.reply(info, "200 OK")
        estate.monitor.receive("200 INFO")

    assert heard == DOOR_CODE
    assert openings(estate.server, began) == [("Main door", "allowed", "in_call", "Monitor 1001")]


def openings(server: Program, began: str) -> list[tuple[str, str, str, str]]:
    """Relay, response, reason and who, of every row of the door log since; waits for the first."""
    path = f"/door-log?log_type=door_release&from={began}"
    wait_until(lambda: bool(server.get(path)["items"]), "nothing in the door log")
    return [
        (row["relay_name"], row["response"], row["reason"], row["initiated_by"])
        for row in server.get(path)["items"]
    ]


# -- what is left behind -------------------------------------------------------------------------


def test_no_digits_and_no_secrets_are_left_anywhere(estate: Estate, talk: Talk) -> None:
    server = estate.server
    for digit in "5050":
        estate.monitor.send(estate.monitor.digits(talk.resident, digit))
        estate.door.reply(estate.door.receive("INFO"), "200 OK")
        estate.monitor.receive("200 INFO")
    secrets = [estate.door.password, estate.monitor.password, FOREIGN[1], server.token]
    metrics = server.http("GET", "/metrics").body.decode()
    process = (Path("/proc") / str(server.pid) / "cmdline").read_text()
    trace = server.command("trace", "last").out
    told = {"log": server.log, "metrics": metrics, "process": process, "trace": trace}
    database = server.folder / "var" / "doorline.db"
    stored = stored_texts(database, but="relays")
    assert any(is_whole(DOOR_CODE, text) for text in stored_texts(database, but=""))

    for place, text in told.items():
        assert [secret for secret in (*secrets, "Signal=") if secret in text] == [], place
    assert [secret for secret in secrets if any(secret in text for text in stored)] == []
    for digits in (DOOR_CODE, GARAGE_CODE, "5050"):
        assert [text for text in (*stored, server.log, trace) if is_whole(digits, text)] == []


def is_whole(digits: str, text: str) -> bool:
    """Whether these digits stand in the text and are not part of a longer number or word."""
    return re.search(rf"(?<![\w.:-]){digits}(?![\w.:-])", text) is not None


def stored_texts(database: Path, *, but: str) -> list[str]:
    """Every row of every table of the database but one, as text."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master")]
        return [
            repr(row)
            for table in tables
            if table != but and not table.startswith(("sqlite_", "ix_", "uq_"))
            for row in connection.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - names
        ]


def test_what_the_server_keeps_is_readable_by_its_user_alone(estate: Estate) -> None:
    modes = {
        path.name: oct(path.stat().st_mode & 0o077)
        for path in (estate.server.folder / "var").iterdir()
    }

    assert set(modes.values()) == {"0o0"}, modes
