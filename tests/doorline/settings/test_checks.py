"""Conditions of single fields."""

import pytest

from doorline.settings.checks import (
    ADDRESS_OR_NOTHING,
    APPLE_ID,
    DATABASE,
    HOOK_ADDRESS,
    HOST,
    HOST_OR_NOTHING,
    NAME_SERVERS,
    NETWORKS,
    ONE_LINE,
    TOPICS,
    USER_PART,
    WEB_ADDRESS,
    Shape,
    Within,
)


@pytest.mark.parametrize(
    ("shape", "fitting", "unfit"),
    [
        (HOST, ["a.example", "::1"], ["", "a b"]),
        (HOST_OR_NOTHING, ["", "a.example"], ["a b"]),
        (
            NAME_SERVERS,
            [(), ("192.0.2.53", "::1", "127.0.0.1:5353", "[::1]:53")],
            [("dns.example",), ("192.0.2.53:0",), ("*:53",), ("[x]:53",), "192.0.2.53:99999"],
        ),
        (ADDRESS_OR_NOTHING, ["", "a.example:9", "[::1]:9"], ["a:0", "*:9", "[::]:9", "a:9 b"]),
        (NETWORKS, [(), ("10.0.0.0/8", "::1")], [("10.0.0.0/99",), ("a.example",)]),
        (
            WEB_ADDRESS,
            ["", "http://a.example", "https://[::1]:8443/autop"],
            ["ftp://a", "http://", "http://u:p@a", "http://a?b", "http://a:0", "http://a:x", "http://["],
        ),
        (DATABASE, ["", "sqlite+aiosqlite:////tmp/x.db"], ["postgresql+asyncpg://h/d", "x.db"]),
        (USER_PART, ["", "+4930", "a%20b"], ["a b", "a@b", "a\r\n", "ä"]),
        (HOOK_ADDRESS, ["", "https://a.example/x?y=z"], ["ftp://a", "https://a/?b c", "https://a\n"]),
        (APPLE_ID, ["", "ABC123DEFG"], ["ABC123DEF", "ABC123DEF-", "ÄBC123DEFG"]),
        (TOPICS, [(), ("org.example.app-1.voip",)], [("",), ("a b",), ("ä",)]),
        (ONE_LINE, ["North Court", ("a", "b")], ["a\nb", ("a", "\x00")]),
    ],
)  # fmt: skip
def test_shapes(shape: Shape, fitting: list[object], unfit: list[object]) -> None:
    assert [shape.holds(value) for value in fitting] == [True] * len(fitting)
    assert [shape.holds(value) for value in unfit] == [False] * len(unfit)


def test_numbers_lie_within_their_range() -> None:
    range_ = Within(1, 86_400, "seconds")

    assert range_.expected == "1 to 86400 seconds"
    assert [range_.holds(value) for value in (1, 86_400, 0, 86_401, "5")] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert not Within(0, 1).holds(float("nan"))
