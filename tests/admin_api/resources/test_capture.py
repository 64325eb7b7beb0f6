from pathlib import Path

import pytest

from admin_api.resources.capture import user_of
from admin_api.services import TooManyFollowers
from tests.admin_api.api import Api, running_api


async def test_the_signalling_of_an_account_comes_as_a_pcap_file(api: Api) -> None:
    api.capture.pieces = (b"head", b"first", b"second")
    answer = await api.ask("GET", "/capture?aor=sip:1001@doorline.test&seconds=2.5")

    assert (answer.status, answer.text) == (200, "headfirstsecond")
    assert answer.headers["Content-Type"] == "application/vnd.tcpdump.pcap"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Request-Id"] == "made-here"
    assert api.capture.asked == [("1001", 2.5)]


@pytest.mark.parametrize("operator", ["installer", "property_manager"])
async def test_only_root_may_read_the_signalling(api: Api, operator: str) -> None:
    answer = await api.ask("GET", "/capture?aor=1001", by=operator)

    assert (answer.status, api.capture.asked) == (403, [])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "aor"),
        ("aor=", "aor"),
        ("aor=1001&seconds=-1", "seconds"),
        ("aor=1001&seconds=3601", "seconds"),
        ("aor=1001&seconds=nan", "seconds"),
        ("aor=1001&user=1002", "user"),
    ],
)
async def test_a_wrong_question_is_told_by_its_field(api: Api, query: str, field: str) -> None:
    answer = await api.ask("GET", f"/capture?{query}")

    assert (answer.status, [name for name, _ in answer.errors]) == (422, [field])


async def test_there_is_a_most_of_those_who_follow(api: Api) -> None:
    api.capture.fault = TooManyFollowers()
    answer = await api.ask("GET", "/capture?aor=1001&seconds=5")

    assert (answer.status, [name for name, _ in answer.errors]) == (409, ["seconds"])


async def test_a_server_that_keeps_no_messages_says_so(tmp_path: Path) -> None:
    async with running_api(tmp_path, has_capture=False) as api:
        answer = await api.ask("GET", "/capture?aor=1001")

    assert (answer.status, [name for name, _ in answer.errors]) == (409, ["sip.capture.keep"])


@pytest.mark.parametrize(
    ("aor", "user"),
    [
        ("1001", "1001"),
        ("1001@doorline.test", "1001"),
        ("sip:1001@doorline.test;transport=tcp", "1001"),
        ("<SIPS:1001@doorline.test>", "1001"),
        ("sip:1001", "1001"),
        ("a:b@c", "a:b"),
    ],
)
def test_an_account_is_named_by_its_user_or_its_address(aor: str, user: str) -> None:
    assert user_of(aor) == user
