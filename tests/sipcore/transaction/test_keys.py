import pytest

from sipcore.kernel.errors import BadMessage
from sipcore.message.message import Request, parse
from sipcore.transaction.keys import (
    cancelled_key,
    client_key,
    is_legacy,
    legacy_ack_key,
    merge_key,
    response_key,
    server_key,
)
from tests.support.transactions import request, response

VIA = "SIP/2.0/UDP host.test:5060;branch=z9hG4bK1"
OLD = "SIP/2.0/UDP host.test:5060;branch=1"


@pytest.mark.parametrize(
    "via",
    [
        VIA + ";rport",
        "SIP/2.0/UDP HOST.test:5060;branch=z9hG4bK1",
        "SIP / 2.0 / UDP  host.test : 5060 ;branch=z9hG4bK1",
        VIA + ", SIP/2.0/UDP other.test;branch=z9hG4bK2",
    ],
)
def test_branch_sent_by_and_method_identify_a_request_however_via_is_written(via: str) -> None:
    assert server_key(request(via=via, cseq="9 INVITE")) == server_key(request(via=VIA))


@pytest.mark.parametrize(
    "other",
    [
        request(via="SIP/2.0/UDP host.test:5060;branch=z9hG4bK2"),
        request(via="SIP/2.0/UDP host.test:5061;branch=z9hG4bK1"),
        request(via="SIP/2.0/UDP other.test:5060;branch=z9hG4bK1"),
        request("BYE", via=VIA),
        request("CANCEL", via=VIA),
    ],
    ids=["branch", "port", "host", "method", "cancel"],
)
def test_another_branch_sent_by_or_method_is_another_transaction(other: Request) -> None:
    assert server_key(other) != server_key(request(via=VIA))


def test_ack_and_cancel_lead_to_the_invite() -> None:
    invite = server_key(request(via=VIA))

    assert server_key(request("ACK", via=VIA)) == invite
    assert cancelled_key(request("CANCEL", via=VIA), b"INVITE") == invite


def test_a_branch_without_the_magic_cookie_is_legacy() -> None:
    vias = [OLD, "SIP/2.0/UDP host.test", "SIP/2.0/UDP h;branch=Z9HG4BK1", VIA]

    assert [is_legacy(request(via=via)) for via in vias] == [True, True, True, False]


@pytest.mark.parametrize(
    "other",
    [
        request(via=OLD, uri="sip:1002@doorline.test"),
        request(via=OLD, to="<sip:1001@doorline.test>;tag=x"),
        request(via=OLD, from_="<sip:door@doorline.test>;tag=other"),
        request(via=OLD, call_id="other"),
        request(via=OLD, cseq="2 INVITE"),
        request(via=OLD + ";x"),
        request("INFO", via=OLD),
    ],
    ids=["uri", "to-tag", "from-tag", "call-id", "cseq", "via", "method"],
)
def test_a_legacy_request_is_identified_by_all_that_rfc_2543_gives(other: Request) -> None:
    same = request(via=OLD, extra=("Subject: of no account",))

    assert server_key(same) == server_key(request(via=OLD))
    assert server_key(other) != server_key(request(via=OLD))


def test_a_legacy_ack_and_cancel_match_by_cseq_number_alone() -> None:
    invite = request(via=OLD)
    ack = request("ACK", via=OLD, to="<sip:1001@doorline.test>;tag=ours")

    assert legacy_ack_key(ack) == legacy_ack_key(invite) == server_key(ack)
    assert cancelled_key(request("CANCEL", via=OLD), b"INVITE") == server_key(invite)
    assert legacy_ack_key(request("ACK", via=OLD, cseq="2 ACK")) != legacy_ack_key(invite)


def test_copies_on_different_paths_share_their_merge_key() -> None:
    first, copy = request(via=VIA), request(via=OLD, uri="sip:elsewhere@doorline.test")

    assert merge_key(first) == merge_key(copy)
    assert merge_key(first) != merge_key(request(via=VIA, cseq="2 INVITE"))
    assert merge_key(first) != merge_key(request(via=VIA, call_id="other"))
    assert merge_key(first) != merge_key(request(via=VIA, from_="<sip:door@doorline.test>;tag=x"))


def test_a_response_matches_by_branch_and_by_the_method_in_cseq() -> None:
    assert response_key(response(200)) == client_key(b"z9hG4bK776", b"INVITE")
    assert response_key(response(200, cseq="1 CANCEL")) == client_key(b"z9hG4bK776", b"CANCEL")


def test_values_cannot_be_moved_from_one_part_of_a_key_into_the_next() -> None:
    assert client_key(b"a\nb", b"c") != client_key(b"a", b"b\nc")


@pytest.mark.parametrize("missing", ["Via", "From"])
def test_what_identifies_nothing_raises_bad_message(missing: str) -> None:
    lines = [
        line
        for line in request(via=OLD).raw.split(b"\r\n")
        if not line.startswith(missing.encode())
    ]
    broken = parse(b"\r\n".join(lines))
    assert isinstance(broken, Request)

    with pytest.raises(BadMessage, match=missing):
        server_key(broken)
