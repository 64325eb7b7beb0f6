"""`doorline check`."""

import json

from tests.support.command_line import CommandLine


def test_a_good_server_is_told_to_be_well(doorline: CommandLine) -> None:
    done = doorline("check")

    assert (done.status, done.out) == (
        0,
        "settings, key file, database and templates are well\n",
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
    }


def test_settings_without_effect_are_noted_but_are_no_problem(doorline: CommandLine) -> None:
    doorline.config.write_text("[sip.limits]\ntrusted = ['0.0.0.0/0']\n")
    done = doorline("check")

    assert done.status == 0
    assert done.lines[0] == (
        "note: sip.limits.trusted covers every address; [sip.limits] has no effect"
    )
