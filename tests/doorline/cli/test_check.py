"""`doorline check`."""

import json

import pytest

from tests.support.command_line import CommandLine
from tests.support.name_server import NameServer


def test_a_good_server_is_told_to_be_well(doorline: CommandLine) -> None:
    done = doorline("check")

    assert (done.status, done.out) == (
        0,
        "settings, certificates, key file, database and templates are well\n",
    )


def test_every_problem_of_the_settings_is_printed(doorline: CommandLine) -> None:
    doorline.config.write_text('[server]\ncolour = 1\n[sip]\ndomain = ""\n')
    done = doorline("check")

    assert done.status == 1
    assert done.lines == [
        f"{doorline.config}:2: server.colour: unknown key; known here: data_dir, log_level, "
        "log_format, drain_timeout, keep_records_days",
        f'{doorline.config}:4: sip.domain: got "", expected a host name or an IP address',
    ]


def test_problems_of_what_is_stored_are_printed_as_json_too(doorline: CommandLine) -> None:
    doorline("account", "add", "1", "--kind", "app", "--site", "Lab")
    key = doorline.folder / "var" / "doorline.key"
    key.chmod(0o666)
    done = doorline("check", "--json")

    assert done.status == 1
    assert json.loads(done.out) == {
        "problems": [
            {
                "place": str(key),
                "message": f"mode is 0666, must be 0600; run: chmod 600 {key}",
            }
        ],
        "notices": [],
        "trunks": {},
    }


def test_settings_without_effect_are_noted_but_are_no_problem(doorline: CommandLine) -> None:
    doorline.config.write_text("[sip.limits]\ntrusted = ['0.0.0.0/0']\n")
    done = doorline("check")

    assert done.status == 0
    assert done.lines[0] == (
        "note: sip.limits.trusted covers every address; [sip.limits] has no effect"
    )


def test_an_open_admin_listener_and_a_misspelled_variable_are_noted(
    doorline: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOORLINE_SIP_DOMAIN", "x.example")
    doorline.config.write_text("[http]\nadmin = ['*:8081']\n")
    done = doorline("check")

    assert done.status == 0
    assert done.lines[:2] == [
        "note: http.admin listens on 0.0.0.0:8081 without TLS: tokens can be read on their way; "
        "listen on 127.0.0.1 or keep it behind a proxy with TLS",
        "note: DOORLINE_SIP_DOMAIN has no effect; write DOORLINE_SIP__DOMAIN",
    ]


def test_trunks_are_located_and_those_that_cannot_be_are_a_problem(doorline: CommandLine) -> None:
    zone = "_sip._udp SRV 1 0 5070 one\none A 192.0.2.1\n"
    with NameServer("good.example", zone) as server:
        doorline.config.write_text(
            f'[sip]\ndns = ["{server.address}"]\n'
            '[sip.trunk.good]\nhost = "good.example"\n'
            '[sip.trunk.bad]\nhost = "bad.good.example"\ntransport = "udp"\n'
            '[sip.trunk.plain]\nhost = "192.0.2.9"\n'
        )
        done = doorline("check")
        as_json = doorline("check", "--json")

    assert done.status == 1
    assert done.lines == [
        "sip.trunk.bad: cannot be located; its landline stages are skipped until it can "
        "(SRV of _sip._udp.bad.good.example: nothing; A of bad.good.example: nothing; "
        "bad.good.example in this machine's own tables: nothing)",
        "trunk good: udp 192.0.2.1:5070",
        "trunk plain: udp 192.0.2.9:5060",
    ]
    assert json.loads(as_json.out)["trunks"] == {
        "good": ["udp 192.0.2.1:5070"],
        "bad": [],
        "plain": ["udp 192.0.2.9:5060"],
    }
