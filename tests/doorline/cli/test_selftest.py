"""`doorline selftest` without a server; with one: tests/scenarios/selftest."""

import pytest

from tests.support.command_line import CommandLine


@pytest.fixture
def court(doorline: CommandLine) -> CommandLine:
    doorline("account", "add", "a1", "--kind", "app", "--site", "Court", "--apartment", "12")
    return doorline


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--site", "Nowhere"), "doorline: no site Nowhere"),
        (("--site", "Court", "--apartment", "99"), "doorline: no apartment 99"),
    ],
)
def test_what_is_not_there_is_told(court: CommandLine, words: tuple[str, ...], told: str) -> None:
    done = court("selftest", *words, "--server", "127.0.0.1:9")

    assert done.status == 1
    assert told in done.err.splitlines()


def test_a_listener_on_a_free_port_must_be_named(
    court: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORLINE_SIP__LISTEN__UDP", "127.0.0.1:0")
    done = court("selftest", "--site", "Court")

    assert (done.status, done.err) == (
        1,
        "doorline: sip.listen.udp picks a free port: name it with --server\n",
    )
