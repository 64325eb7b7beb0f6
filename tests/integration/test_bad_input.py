"""Bad input against the real program: SIP over UDP and TCP, and HTTP on both listeners.

Whatever comes, it is answered when it can be and counted when it cannot; nothing here may leave a
traceback in the log or count as an internal error.
"""

import json
import random
from collections.abc import Iterator

import pytest

from tests.support.plain_message import DOMAIN, SDP, authorization, read
from tests.support.plain_sip import PlainPhone
from tests.support.program import HttpAnswer, Program
from tests.support.sockets import raw_exchange
from tests.support.spoilt import bent, spoilt

SEED = 20261122
BAD = "doorline_sip_bad_messages_total"
BROKEN_STREAMS = "doorline_sip_stream_errors_total"
INTERNAL = "doorline_sip_internal_errors_total"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    with Program(tmp_path_factory.mktemp("bad-input")) as running:
        yield running
        assert running.metric(INTERNAL) == 0
        assert "Traceback" not in running.log


@pytest.fixture
def phone(server: Program) -> Iterator[PlainPhone]:
    """A phone of the demo community, with a password of its own."""
    account = server.get("/accounts?kind=app&limit=1")["items"][0]
    secret = server.make(f"/accounts/{account['id']}/reset-password", None)
    with PlainPhone(server.udp, secret["user"], secret["password"]) as ready:
        yield ready


def options(phone: PlainPhone, *lines: str, transport: str = "UDP") -> bytes:
    """A sound OPTIONS, to be spoilt."""
    sound = phone.request("OPTIONS", f"sip:{DOMAIN}", lines=lines)
    return sound.replace(b"SIP/2.0/UDP", f"SIP/2.0/{transport}".encode())


# -- datagrams -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sound", "broken", "answer"),
    [
        (b"Content-Length: 0", b"Content-Length: -1", "400 Bad Request - malformed Content-Length"),
        (b"Content-Length: 0", b"Content-Length: 99", "400 Bad Request - body is shorter than "),
        (b"Content-Length: 0", b"Content-Length: 0\r\nl: 1", "400 Bad Request - Content-Length "),
        (b"\r\nTo: ", b"\r\nTo: <sip:a@b>\r\nTo: ", "400 Bad Request - To given twice"),
        (b"\r\nFrom: ", b"\r\nf: <sip:a@b>;tag=1\r\nFrom: ", "400 Bad Request - From given twice"),
        (b"\r\nCSeq: 1", b"\r\nCSeq: 2 OPTIONS\r\nCSeq: 1", "400 Bad Request - CSeq given twice"),
        (b"\r\nCall-ID: ", b"\r\ni: x\r\nCall-ID: ", "400 Bad Request - Call-ID given twice"),
        (b"CSeq: 1 OPTIONS", b"CSeq: 1 INVITE", "400 Bad Request - CSeq method "),
        (b"CSeq: 1 OPTIONS", b"CSeq: 4294967296 OPTIONS", "400 Bad Request - CSeq number "),
        (b"CSeq: 1 OPTIONS", b"CSeq: OPTIONS", "400 Bad Request - malformed CSeq"),
        (b"Max-Forwards: 70", b"Max-Forwards: -1", "400 Bad Request - malformed Max-Forwards"),
        (b"Max-Forwards: 70", b"Max\0Forwards: 70", "400 Bad Request - header name "),
        (b"Max-Forwards: 70", b"Max-Forwards", "400 Bad Request - header line without a colon"),
        (b"Content-Length: 0", b"X: y\r\n" * 300 + b"l: 0", "400 Bad Request - too many header"),
        (b"\r\nTo: <sip:", b"\r\nTo: <si\0p:", "400 Bad Request - "),
        (b"\r\nTo: <sip:", b"\r\nTo: <<sip:", "400 Bad Request - "),
        (b"\r\n\r\n", b"\r\n", "400 Bad Request - header section is not terminated"),
        (b" SIP/2.0\r\nVia", b" SIP/3.0\r\nVia", "505 "),
        (b"OPTIONS sip:doorline.local", b"OPTIONS http://x/", "416 "),
        (b"OPTIONS sip:doorline.local", b"OPTIONS sip:a b@x", "400 Bad Request - "),
        (b"OPTIONS ", b"MAKECOFFEE ", "400 Bad Request - CSeq method "),
    ],
)
def test_a_broken_request_that_says_where_it_came_from_is_told_what_is_wrong(
    phone: PlainPhone, sound: bytes, broken: bytes, answer: str
) -> None:
    data = options(phone)
    assert sound in data

    phone.send(data.replace(sound, broken, 1))

    assert phone.receive_any().start.startswith(f"SIP/2.0 {answer}")


@pytest.mark.parametrize(
    "garbage",
    [
        bytes(range(256)) * 8,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 200,
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"OPTIONS",
        b"OPTIONS sip:doorline.local SIP/2.0\r\n\r\n",
        b"SIP/2.0 999 No\r\n\r\n",
        b"SIP/2.0 200\r\nVia: x\r\n\r\n",
        b"x" * 65000,
        b": \r\n" * 1000 + b"\r\n",
        b"ACK sip:x SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1\r\nCSeq: x\r\n\r\n",
    ],
    ids=[
        "every octet",
        "TLS",
        "HTTP",
        "one word",
        "no headers",
        "status 999",
        "response without anything",
        "64 kB",
        "colons",
        "broken ACK",
    ],
)
def test_a_datagram_that_cannot_be_answered_is_counted_and_dropped(
    server: Program, phone: PlainPhone, garbage: bytes
) -> None:
    before = server.metric(BAD)

    phone.send(garbage)
    probe = options(phone)
    phone.send(probe)
    first = phone.receive_any()

    assert (first.status, first.get("Call-ID")) == (200, read(probe).get("Call-ID"))
    assert server.metric(BAD) == before + 1


@pytest.mark.parametrize("nothing", [b"", b"\r\n", b"\r\n\r\n", b"\0\0\0\0"])
def test_a_keep_alive_is_no_bad_message(server: Program, phone: PlainPhone, nothing: bytes) -> None:
    before = server.metric(BAD)

    phone.send(nothing)

    assert phone.answer_to(options(phone)).status == 200
    assert server.metric(BAD) == before


def test_after_thousands_of_garbage_datagrams_a_phone_still_registers(
    server: Program, phone: PlainPhone
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same garbage each time
    with PlainPhone(server.udp, "nobody", "") as vandal:
        for _ in range(60):
            for _ in range(50):
                vandal.send(spoilt(chance, vandal))
            # Wait until these were read: what the kernel drops proves nothing.
            assert vandal.answer_to(options(vandal)).status == 200

    assert phone.register().status == 200
    assert phone.register(expires=0, contact="*").status == 200


def test_a_spoilt_request_of_somebody_who_may_call_is_no_trouble_either(
    server: Program, phone: PlainPhone
) -> None:
    chance = random.Random(SEED)  # noqa: S311 - the same garbage each time
    challenge = phone.answer_to(phone.request("REGISTER", f"sip:{DOMAIN}"))
    offered = challenge.get("WWW-Authenticate")
    for count in range(1, 301):
        method, uri = (
            ("INVITE", f"sip:1001@{DOMAIN}") if count % 2 else ("REGISTER", f"sip:{DOMAIN}")
        )
        credentials = authorization(offered, method, uri, phone.user, phone.password, count=count)
        data = phone.request(
            method,
            uri,
            source=f"<{phone.aor}>;tag=1",
            target=f"<{phone.aor}>",
            lines=(
                f"Contact: {phone.contact};q=0.5",
                "Expires: 60",
                "Path: <sip:edge.example;lr>",
                "Supported: path",
                "Content-Type: application/sdp",
                f"Authorization: {credentials}",
            ),
            body=SDP,
        )
        phone.send(bent(chance, data, keep=b"Authorization"))

    assert phone.answer_to(options(phone)).status == 200
    assert server.metric(INTERNAL) == 0


# -- streams -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stream",
    [
        b"hello world\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nX: " + b"a" * 40_000,
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: -1\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 999999\r\n\r\n",
        b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 1\r\nl: 2\r\n\r\nab",
        b"OPTIONS sip:x SIP/2.0\r\n\r\n",
        b" folded: x\r\n\r\n",
    ],
    ids=[
        "words",
        "HTTP",
        "endless head",
        "negative length",
        "huge body",
        "two lengths",
        "no length",
        "folded start",
    ],
)
def test_a_stream_whose_messages_have_no_end_is_closed_and_counted(
    server: Program, stream: bytes
) -> None:
    before = server.metric(BROKEN_STREAMS)

    assert raw_exchange(server.tcp, stream) == b""

    assert server.metric(BROKEN_STREAMS) == before + 1


def test_what_came_before_the_garbage_of_a_stream_is_answered(
    server: Program, phone: PlainPhone
) -> None:
    sound = options(phone, transport="TCP")

    answer = raw_exchange(server.tcp, sound + b"\0\1\2 garbage\r\n\r\n" + sound)

    assert answer.count(b"SIP/2.0 200 OK\r\n") == 1


def test_a_message_may_come_in_any_pieces(server: Program, phone: PlainPhone) -> None:
    sound = options(phone, transport="TCP")
    pieces = [sound[at : at + 7] for at in range(0, len(sound), 7)]

    # The last piece ends the stream, because its message has no length.
    answer = raw_exchange(server.tcp, *pieces, b"\r\n\r\n" + sound, b"the end\r\n\r\n")

    assert answer.count(b"SIP/2.0 200 OK\r\n") == 2
    assert b"\r\n\r\n\r\nSIP/2.0 200 OK" in answer  # the pong between them


def test_a_malformed_message_of_a_sound_stream_is_answered_and_the_stream_goes_on(
    server: Program, phone: PlainPhone
) -> None:
    broken = options(phone, transport="TCP").replace(b"CSeq: 1 ", b"CSeq: one ")
    sound = options(phone, transport="TCP")

    answer = raw_exchange(server.tcp, broken + sound, b"the end\r\n\r\n")

    assert answer.startswith(b"SIP/2.0 400 Bad Request - malformed CSeq\r\n")
    assert answer.count(b"SIP/2.0 200 OK\r\n") == 1


def test_half_a_message_and_then_nothing_disturbs_nobody(
    server: Program, phone: PlainPhone
) -> None:
    half = options(phone, transport="TCP")[:60]

    assert [raw_exchange(server.tcp, half, patience=0.05) for _ in range(20)] == [b""] * 20
    assert phone.answer_to(options(phone)).status == 200


# -- the admin API -------------------------------------------------------------------------------


def post(server: Program, path: str, body: bytes, *, kind: str = "application/json") -> HttpAnswer:
    """A POST as root with any octets."""
    headers = {"Authorization": f"Bearer {server.token}", "Content-Type": kind}
    return server.http("POST", f"/api/v1{path}", body, headers=headers)


def fields(answer: HttpAnswer) -> tuple[int, list[str]]:
    """Status and the fields a problem document names."""
    assert dict(answer.headers)["Content-Type"] == "application/problem+json"
    return answer.status, sorted(error["field"] for error in answer.json["errors"])


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"name":', (400, [])),
        (b"", (400, [])),
        (b'{"name":"\xff"}', (400, [])),
        (b'{"name":"\\ud800"}', (400, [])),
        (b"[" * 30_000, (400, [])),
        (b'{"name":"x","stage_timeout":' + b"9" * 5_000 + b"}", (400, [])),
        (b"[1]", (422, [""])),
        (b"null", (422, [""])),
        (b'{"name":"x","nmae":"y","foo":1}', (422, ["foo", "nmae"])),
        (
            b'{"name":5,"stage_timeout":"long","landline_enabled":"yes"}',
            (422, ["landline_enabled", "name", "stage_timeout"]),
        ),
        (b'{"name":"a\\u0000b"}', (422, ["name"])),
        (b'{"name":"x","stage_timeout":NaN}', (422, ["stage_timeout"])),
        (b'{"name":"x","stage_timeout":1e999}', (422, ["stage_timeout"])),
        (b'{"name":"' + b"x" * 200 + b'"}', (422, ["name"])),
        (b'{"timezone":"../../etc/passwd"}', (422, ["name"])),
        (b'{"name":"x","timezone":"../../etc/passwd"}', (422, ["timezone"])),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_field_by_field(
    server: Program, body: bytes, expected: tuple[int, list[str]]
) -> None:
    assert fields(post(server, "/sites", body)) == expected


def test_a_body_of_another_kind_or_beyond_the_limit_is_refused(server: Program) -> None:
    answers = [
        post(server, "/sites", b"name=x", kind="application/x-www-form-urlencoded"),
        post(server, "/sites", json.dumps({"name": "x" * 2_000_000}).encode()),
    ]

    assert [fields(answer)[0] for answer in answers] == [415, 413]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/sites?limit=-1", (422, ["limit"])),
        ("/sites?limit=1&limit=2", (422, ["limit"])),
        ("/sites?foo=1", (422, ["foo"])),
        ("/sites?sort=;drop", (422, ["sort"])),
        ("/sites?cursor=%00%ff", (422, ["cursor"])),
        ("/door-log?from=yesterday", (422, ["from"])),
        ("/sites/99999999999999999999999", (404, [])),
        ("/sites/-1", (404, [])),
        ("/sites/%FF%00", (404, [])),
        ("/nothing", (404, [])),
    ],
)
def test_a_query_or_path_that_means_nothing_is_refused(
    server: Program, path: str, expected: tuple[int, list[str]]
) -> None:
    assert fields(server.api("GET", path)) == expected


@pytest.mark.parametrize(
    "authorization_line",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic cm9vdDpyb290", f"Bearer {'x' * 7000}"],
)
@pytest.mark.parametrize("path", ["/sites", "/sites/1", "/nothing"])
def test_without_a_good_token_everything_is_the_same_401(
    server: Program, authorization_line: str, path: str
) -> None:
    headers = {"Authorization": authorization_line} if authorization_line else {}

    answer = server.http("GET", f"/api/v1{path}", headers=headers)

    assert (answer.status, answer.json["detail"]) == (401, "A valid token is needed.")


@pytest.mark.parametrize("listener", ["admin", "autop"])
@pytest.mark.parametrize(
    "request_line",
    [
        b"garbage\r\n\r\n",
        b"\x16\x03\x01\x00\xa5\x01\x00",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /autop/a-secret-token\0/x.cfg HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 20_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
)
def test_what_is_not_http_is_400_and_leaves_no_trace(
    server: Program, listener: str, request_line: bytes
) -> None:
    host, _, port = server.find(rf"http/{listener} (\S+)").rpartition(":")

    answer = raw_exchange((host, int(port)), request_line)

    assert answer[:12] in (b"HTTP/1.0 400", b"HTTP/1.1 404")
    assert "a-secret-token" not in server.log
    assert "Traceback" not in server.log


def test_a_client_that_hangs_up_in_the_middle_of_its_body_is_no_error(server: Program) -> None:
    host, _, port = server.find(r"http/admin (\S+)").rpartition(":")
    head = (
        f"POST /api/v1/sites HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {server.token}\r\n"
        "X-Request-Id: hung-up\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )

    raw_exchange((host, int(port)), head.encode(), patience=0.05)
    server.wait_for_log("request_id=hung-up")

    assert "http.failed" not in server.log


# -- autop ---------------------------------------------------------------------------------------


def test_every_refusal_of_the_autop_listener_is_the_same_octets(server: Program) -> None:
    token = server.find(r"/autop/([\w-]{43})/0C1105000001.cfg")
    paths = [
        "/autop/0C1105FFFFFF.cfg",  # unknown MAC
        "/autop/0C1105000001.cfg",  # known, not armed
        f"/autop/{'x' * 43}/0C1105000001.cfg",  # wrong token
        f"/autop/{token}/0C1105001001.cfg",  # another device's file
        f"/autop/{token}/unknown.cfg",
        f"/autop/{token}/..%2F..%2Fdoorline.key",
        f"/autop/{token}",
        "/autop/%00%FF",
        "/autop",
        "/",
        "/api/v1/sites",
        "/metrics",
    ]

    answers = [refusal(server.http("GET", path, listener="autop")) for path in paths]

    assert answers == [answers[0]] * len(paths)
    assert (answers[0].status, answers[0].body) == (404, b"Not found.\n")


def refusal(answer: HttpAnswer) -> HttpAnswer:
    """An answer without its date."""
    headers = tuple(header for header in answer.headers if header[0] != "Date")
    return HttpAnswer(answer.status, headers, answer.body)
