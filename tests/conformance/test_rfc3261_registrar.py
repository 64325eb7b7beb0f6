"""RFC 3261 §10.3 and §22, RFC 3327, RFC 3665 §2: what a registrar answers, step by step."""

import re

import pytest

from sipcore.kernel.flow import Flow
from sipcore.message.message import Request, parse
from tests.support.plain_message import Received, read
from tests.support.registration import CALL_ID, CONTACT, PASSWORD, RegistrarBench, register

OTHER = b"<sip:1001@192.0.2.20:5062>"


@pytest.fixture
def bench() -> RegistrarBench:
    return RegistrarBench()


def contacts(got: Received) -> dict[str, int]:
    """Contact URIs of a 200 and the seconds they have left."""
    found = [re.search(r"<([^>]*)>.*?;expires=(\d+)", value) for value in got.every("Contact")]
    return {match[1]: int(match[2]) for match in found if match}


def answer(bench: RegistrarBench, **kw: object) -> Received:
    return read(bench.register(**kw).raw)  # type: ignore[arg-type]


def plain(bench: RegistrarBench, request: Request, flow: Flow | None = None) -> Received:
    """The answer to a REGISTER without credentials."""
    return read((bench.send(request) if flow is None else bench.send(request, flow)).raw)


# -- §10.3, the steps ----------------------------------------------------------------------------


def test_a_request_for_another_domain_is_not_ours(bench: RegistrarBench) -> None:
    """Step 1: this server is no proxy; 404 is chosen (§8.2.2.1)."""
    assert plain(bench, register(uri=b"sip:elsewhere.example")).status == 404


def test_an_extension_that_is_not_known_is_420(bench: RegistrarBench) -> None:
    """Step 2."""
    got = plain(bench, register(extra=[b"Require: nothing, path"]))

    assert (got.status, got.get("Unsupported")) == (420, "nothing")


def test_a_stranger_is_challenged(bench: RegistrarBench) -> None:
    """Step 3, §22.2: 401 with WWW-Authenticate, realm, nonce; RFC 8760: the algorithms offered."""
    got = plain(bench, register())
    offers = got.every("WWW-Authenticate")

    assert got.status == 401
    assert [re.findall(r"algorithm=([\w-]+)", offer)[0] for offer in offers] == ["MD5", "SHA-256"]
    for offer in offers:
        assert offer.startswith("Digest ")
        assert re.search(r'realm="[^"]+"', offer)
        assert re.search(r'nonce="[^"]+"', offer)
        assert re.search(r'qop="auth"', offer)


def test_two_challenges_differ(bench: RegistrarBench) -> None:
    """§22.4, RFC 7616 §3.3: a nonce is unique."""
    nonces = {
        re.findall(r'nonce="([^"]+)"', plain(bench, register()).raw.decode())[0] for _ in "123"
    }

    assert len(nonces) == 3


def test_a_wrong_password_is_403(bench: RegistrarBench) -> None:
    """§22.1 lets a server challenge again or refuse; 403 makes a phone stop, so 403 is chosen."""
    line = bench.credentials(password="wrong")

    assert plain(bench, register(extra=[line])).status == 403


def test_an_old_nonce_is_stale_and_not_wrong(bench: RegistrarBench) -> None:
    """§22.4, RFC 7616 §3.3: stale=true tells the phone to go on with a new nonce."""
    line = bench.credentials()
    bench.now += 86_400 * 30
    got = plain(bench, register(extra=[line]))

    assert got.status == 401
    assert "stale=true" in got.get("WWW-Authenticate")


def test_an_account_registers_nobody_but_itself() -> None:
    """Steps 4 and 5: 403 for an AOR that is not one's own, 404 for one of another domain."""
    bench = RegistrarBench()
    for to, status in ((b"<sip:1002@doorline.test>", 403), (b"<sip:1001@elsewhere.example>", 404)):
        assert answer(bench, to=to).status == status


def test_a_registration_lists_every_binding(bench: RegistrarBench) -> None:
    """Step 8: 200 MUST enumerate all current bindings, each with expires; Date SHOULD be there."""
    answer(bench)
    got = answer(bench, cseq=2, contacts=[OTHER])

    assert got.status == 200
    assert set(contacts(got)) == {"sip:1001@192.0.2.10:5062", "sip:1001@192.0.2.20:5062"}
    assert all(0 < seconds <= 300 for seconds in contacts(got).values())
    assert re.fullmatch(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", got.get("Date"))


def test_a_query_changes_nothing(bench: RegistrarBench) -> None:
    """Step 6: without Contact it is a question (RFC 3665 §2.3)."""
    answer(bench)
    got = answer(bench, cseq=2, contacts=[])

    assert (got.status, list(contacts(got))) == (200, ["sip:1001@192.0.2.10:5062"])


def test_a_star_removes_everything(bench: RegistrarBench) -> None:
    """Step 6 (RFC 3665 §2.4)."""
    answer(bench)
    answer(bench, cseq=2, contacts=[OTHER])
    got = answer(bench, cseq=3, contacts=[b"*"], expires=0)

    assert (got.status, contacts(got)) == (200, {})


@pytest.mark.parametrize(
    ("values", "expires"),
    [([b"*"], 300), ([b"*"], None), ([b"*", CONTACT], 0), ([CONTACT, b"*"], 0), ([b"*", b"*"], 0)],
)
def test_a_star_beside_anything_but_expires_0_is_400(
    bench: RegistrarBench, values: list[bytes], expires: int | None
) -> None:
    """Step 6: the request is invalid and removes nothing."""
    answer(bench)

    assert answer(bench, cseq=2, contacts=values, expires=expires).status == 400
    assert len(contacts(answer(bench, cseq=3, contacts=[]))) == 1


@pytest.mark.parametrize("cseq", [5, 4])
def test_a_number_that_is_not_higher_aborts_the_update(bench: RegistrarBench, cseq: int) -> None:
    """Step 7: same Call-ID and CSeq not higher: the update is aborted and the request fails."""
    answer(bench, cseq=5)

    assert answer(bench, cseq=cseq, expires=0).status >= 400
    assert len(contacts(answer(bench, cseq=9, contacts=[]))) == 1


def test_another_call_id_may_begin_anew(bench: RegistrarBench) -> None:
    """Step 7: the number counts within one Call-ID: phones forget both when they restart."""
    answer(bench, cseq=50)

    assert answer(bench, cseq=1, call_id=b"after-reboot").status == 200


def test_one_contact_that_fails_keeps_all_from_being_stored(bench: RegistrarBench) -> None:
    """Step 7: the database is updated for all of them or for none."""
    answer(bench, cseq=5)
    got = answer(bench, cseq=6, contacts=[OTHER, b"<sip:1001@192.0.2.30>;expires=1"], expires=None)

    assert (got.status, len(contacts(answer(bench, cseq=7, contacts=[])))) == (423, 1)


@pytest.mark.parametrize(
    ("contact", "expires", "granted"),
    [
        (CONTACT + b";expires=120", 600, 120),
        (CONTACT, 600, 600),
        (CONTACT, None, 300),
        (CONTACT + b";expires=999999", None, 3600),
        (CONTACT + b";expires=soon", None, 3600),
        (CONTACT + b";Expires=120", None, 120),
        (CONTACT + b';expires="120"', None, 120),
    ],
)
def test_the_parameter_counts_before_the_header_before_the_default(
    bench: RegistrarBench, contact: bytes, expires: int | None, granted: int
) -> None:
    """Step 7, §20.10: a malformed value counts as 3600; longer than allowed is cut."""
    got = answer(bench, contacts=[contact], expires=expires)

    assert list(contacts(got).values()) == [granted]


@pytest.mark.parametrize("seconds", [1, 30, 59])
def test_too_brief_is_423_with_the_minimum(bench: RegistrarBench, seconds: int) -> None:
    """Step 7, §21.4.17, §20.23: Min-Expires MUST be there."""
    got = answer(bench, expires=seconds)

    assert (got.status, got.get("Min-Expires")) == (423, "60")


def test_zero_removes_one_binding(bench: RegistrarBench) -> None:
    """§10.2.2."""
    answer(bench)
    answer(bench, cseq=2, contacts=[OTHER])
    got = answer(bench, cseq=3, contacts=[CONTACT + b";expires=0"])

    assert list(contacts(got)) == ["sip:1001@192.0.2.20:5062"]


def test_a_contact_is_the_same_by_the_rules_of_uris(bench: RegistrarBench) -> None:
    """Step 7, §19.1.4: another spelling refreshes and does not add."""
    answer(bench)
    got = answer(bench, cseq=2, contacts=[b"<SIP:%31001@192.0.2.10:5062;unknown=x>"])

    assert len(contacts(got)) == 1


def test_a_binding_ends_when_its_time_is_over(bench: RegistrarBench) -> None:
    """§10.3."""
    answer(bench)
    bench.now += 301

    assert contacts(answer(bench, cseq=2, contacts=[])) == {}


def test_what_a_phone_wrote_into_its_contact_comes_back(bench: RegistrarBench) -> None:
    """Step 8, RFC 3840: parameters nobody knows are kept, q too."""
    contact = CONTACT + b';q=0.7;+sip.instance="<urn:uuid:1>";x=y'
    (got,) = answer(bench, contacts=[contact]).every("Contact")

    for part in ('+sip.instance="<urn:uuid:1>"', "q=0.7", "x=y"):
        assert part in got


def test_the_answer_has_a_tag_and_makes_no_dialog(bench: RegistrarBench) -> None:
    """§10.3, §8.2.6.2: To gets a tag; Record-Route in a REGISTER has no meaning (§10.2)."""
    got = answer(bench, extra=[b"Record-Route: <sip:p.example;lr>"])

    assert ";tag=" in got.get("To")
    assert got.every("Record-Route") == []


def test_a_path_is_kept_and_comes_back(bench: RegistrarBench) -> None:
    """RFC 3327 §5.3: the registrar copies Path into its 200 when the phone supports it."""
    got = answer(bench, extra=[b"Path: <sip:edge.example;lr>", b"Supported: path"])

    assert (got.status, got.every("Path")) == (200, ["<sip:edge.example;lr>"])


def test_a_request_that_comes_again_is_answered_again(bench: RegistrarBench) -> None:
    """§17.2.2, §8.2.7: a lost 200 is repeated although the nonce count is used."""
    request = register(extra=[bench.credentials()])

    assert [plain(bench, request).status for _ in range(3)] == [200, 200, 200]


def test_captured_credentials_do_not_work_for_another_contact(bench: RegistrarBench) -> None:
    """§22.4, RFC 7616 §5.5: a nonce count is used once."""
    line = bench.credentials()
    plain(bench, register(extra=[line]))
    got = plain(bench, register(cseq=2, contacts=[b"<sip:thief@198.51.100.1>"], extra=[line]))

    assert got.status == 401


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"Digest",
        b"Digest username",
        b'Digest username="1001"',
        b"Bearer x",
        b"NobodyKnowsThis a=b",
        b'Digest realm="elsewhere", nonce="x"',
        b'Digest username="1001",username="1001"',
        b'Digest realm="doorline.test',
    ],
)
def test_credentials_that_cannot_be_used_let_nobody_in(bench: RegistrarBench, value: bytes) -> None:
    """§20.7, §22.3, RFC 4475 §3.3.7: unknown schemes and other realms lead to a challenge."""
    got = plain(bench, register(extra=[b"Authorization: " + value]))

    assert got.status in (400, 401, 403)
    assert contacts(answer(bench, contacts=[])) == {}


@pytest.mark.parametrize(
    "contact", [b"", b"x", b"<sip:>", b"<sip:a@b", b"sip:a@b?x=y", b"<sip:a@b>;q=2", b"<sip:a@b>;;"]
)
def test_a_contact_that_cannot_be_read_is_400(bench: RegistrarBench, contact: bytes) -> None:
    """§21.4.1, RFC 4475 §3.1.2.13."""
    if contact:
        assert answer(bench, contacts=[contact]).status == 400


def test_too_many_bindings_do_not_fill_the_memory(bench: RegistrarBench) -> None:
    """§10.3: a limit per AOR; the oldest one makes room."""
    for number in range(1, 31):
        answer(bench, cseq=number, contacts=[b"<sip:1001@192.0.2.10:%d>" % (6000 + number)])

    assert len(contacts(answer(bench, cseq=99, contacts=[]))) == 10


def test_the_example_of_rfc_3665(bench: RegistrarBench) -> None:
    """RFC 3665 §2.1: REGISTER, 401, REGISTER with credentials, 200; same Call-ID, next CSeq."""
    first = plain(bench, register(cseq=1))
    bench.take_challenge(bench.send(register(cseq=1)))
    second = answer(bench, cseq=2)

    assert (first.status, second.status) == (401, 200)
    assert first.get("Call-ID") == second.get("Call-ID") == CALL_ID.decode()
    assert isinstance(parse(second.raw).first(b"via"), bytes)
    assert PASSWORD not in second.raw.decode()
