"""The settings file as a whole: what is accepted, and what every mistake is answered with."""

from pathlib import Path

import pytest

from directory.secrets import Secret
from doorline.settings import (
    Address,
    ListenSettings,
    Settings,
    SettingsError,
    SipSettings,
    TrunkSettings,
    load,
)


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "doorline.toml"
    path.write_text(text, encoding="utf-8")
    return path


def problems(tmp_path: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    """Every problem as text, with the folder taken off."""
    with pytest.raises(SettingsError) as caught:
        load(write(tmp_path, text), environ or {})
    return [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems]


INTERFACE = """\
[server]
data_dir = "var"
log_level = "info"
log_format = "console"
drain_timeout = 30
[database]
url = "sqlite+aiosqlite:///var/doorline.db"
key_file = "var/doorline.key"
[sip]
domain = "doorline.local"
advertised_host = ""
[sip.listen]
udp = ["127.0.0.1:5060"]
tcp = ["127.0.0.1:5060"]
tls = []
ws = []
wss = []
[sip.tls]
certificate = ""
private_key = ""
[sip.registrar]
min_expires = 60
default_expires = 300
max_expires = 3600
max_contacts = 10
expires_jitter = 0.1
[sip.session]
min_se = 90
default_expires = 1800
[sip.limits]
requests_per_second_per_source = 200
ban_after_failures = 20
ban_time = 600
trusted = []
[media]
mode = "direct"
[http]
autop = ["127.0.0.1:8080"]
autop_tls = []
admin = ["127.0.0.1:8081"]
public_url = ""
"""


def test_files_that_are_named_are_looked_into_by_those_who_use_them(tmp_path: Path) -> None:
    text = '[sip.tls]\n\ncertificate = "none.pem"\nprivate_key = "none.key"\n'
    path = write(tmp_path, text)

    assert load(path, {}).sip.tls.certificate == "none.pem"
    with pytest.raises(SettingsError) as caught:
        load(path, {"DOORLINE_SIP__TLS__PRIVATE_KEY": "x"}, with_files=True)
    assert [str(problem).replace(f"{tmp_path}/", "") for problem in caught.value.problems] == [
        "doorline.toml:3: sip.tls.certificate: none.pem does not exist; correct the path",
        "environment: DOORLINE_SIP__TLS__PRIVATE_KEY: x does not exist; correct the path",
    ]


def test_an_empty_file_means_every_default(tmp_path: Path) -> None:
    assert load(write(tmp_path, ""), {}) == Settings()


def test_the_documented_defaults_are_the_defaults(tmp_path: Path) -> None:
    settings = load(write(tmp_path, INTERFACE), {})

    assert settings.server == Settings().server
    assert settings.sip == Settings().sip
    assert settings.http == Settings().http
    assert settings.database_url == Settings().database_url
    assert settings.key_file == Settings().key_file


def test_addresses_are_read_in_every_spelling(tmp_path: Path) -> None:
    settings = load(
        write(
            tmp_path,
            "[sip]\nadvertised_host = 'intercom.example'\n"
            "[sip.listen]\nudp = ['*:0', '[::1]:5062']\ntcp = []\n",
        ),
        {},
    )

    assert settings.sip == SipSettings(
        advertised_host="intercom.example",
        listen=ListenSettings(udp=(Address.parse("0.0.0.0:0"), Address("::1", 5062)), tcp=()),
    )


def test_a_trunk_has_the_name_of_its_table(tmp_path: Path) -> None:
    settings = load(
        write(
            tmp_path,
            '[sip.trunk.city]\nhost = "sip.example.net"\nkind = "digest"\nuser = "4930"\n'
            'password = "s3cret"\nprefix = "00"\nsites = ["North Court"]\n',
        ),
        {},
    )

    assert dict(settings.sip.trunk) == {
        "city": TrunkSettings(
            host="sip.example.net",
            kind="digest",
            user="4930",
            password=Secret("s3cret"),
            prefix="00",
            sites=("North Court",),
        )
    }
    assert "s3cret" not in repr(settings)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    settings = load(
        write(tmp_path, "[server]\ndrain_timeout = 5\n"),
        {
            "DOORLINE_SERVER__DRAIN_TIMEOUT": "1.5",
            "DOORLINE_SIP__LISTEN__UDP": "127.0.0.1:0, [::1]:0",
            "DOORLINE_SIP__REGISTRAR__MAX_CONTACTS": "3",
            "DOORLINE_SIP__TRUNK__CITY__HOST": "192.0.2.1",
            "DOORLINE_HOME": "not a setting",
            "PATH": "/bin",
        },
    )

    assert settings.server.drain_timeout == 1.5
    assert settings.sip.listen.udp == (Address("127.0.0.1", 0), Address("::1", 0))
    assert settings.sip.registrar.max_contacts == 3
    assert dict(settings.sip.trunk) == {"city": TrunkSettings(host="192.0.2.1")}


def test_every_problem_is_told_with_its_line(tmp_path: Path) -> None:
    text = """\
[server]
drain_timeout = "soon"
colour = "red"
log_level = "loud"

[sip.listen]
udp = [
    "127.0.0.1:5060",
    "nonsense",
]
tcp = "127.0.0.1:5060"

[sip.registrar]
max_contacts = true
expires_jitter = 3

[nowhere]
"""

    assert problems(tmp_path, text) == [
        'doorline.toml:2: server.drain_timeout: got "soon", expected a number, 0 to 3600 seconds',
        "doorline.toml:3: server.colour: unknown key; known here: data_dir, log_level, "
        "log_format, drain_timeout, keep_records_days",
        'doorline.toml:4: server.log_level: got "loud", expected one of "debug", "info", '
        '"warning", "error"',
        'doorline.toml:7: sip.listen.udp: got ["127.0.0.1:5060", "nonsense"], expected a list of '
        'addresses such as "127.0.0.1:5060", "[::1]:5060" or "*:0"',
        'doorline.toml:11: sip.listen.tcp: got "127.0.0.1:5060", expected a list of addresses such '
        'as "127.0.0.1:5060", "[::1]:5060" or "*:0"',
        "doorline.toml:14: sip.registrar.max_contacts: got true, expected a whole number, 1 to 100",
        "doorline.toml:15: sip.registrar.expires_jitter: got 3, expected a number, 0 to 0.5",
        "doorline.toml:17: nowhere: unknown key; known here: server, database, sip, media, http, "
        "push",
    ]


def test_a_problem_in_the_environment_names_the_variable(tmp_path: Path) -> None:
    environ = {
        "DOORLINE_SERVER__DRAIN_TIMEOUT": "soon",
        "DOORLINE_SIP__DOMAIN__NAME": "x",
        "DOORLINE_SIPP__DOMAIN": "x",
    }

    assert problems(tmp_path, "", environ) == [
        'environment: DOORLINE_SERVER__DRAIN_TIMEOUT: got "soon", expected a number, 0 to 3600 '
        "seconds",
        "environment: DOORLINE_SIPP__DOMAIN: unknown key; known here: server, database, sip, "
        "media, http, push",
        "environment: DOORLINE_SIP__DOMAIN__NAME: got a table, expected a host name or an IP "
        "address",
    ]


def test_a_secret_of_the_wrong_type_is_not_repeated(tmp_path: Path) -> None:
    text = '[sip.trunk.city]\nhost = "sip.example.net"\npassword = 123456\n'

    assert problems(tmp_path, text) == [
        "doorline.toml:3: sip.trunk.city.password: got a value, expected text"
    ]


def test_what_is_missing_is_told_at_its_table(tmp_path: Path) -> None:
    assert problems(tmp_path, '\n[sip.trunk.city]\nuser = "x"\n') == [
        "doorline.toml:2: sip.trunk.city.host: missing; expected a host name or an IP address"
    ]


def test_a_file_that_is_not_toml_is_told_with_its_line(tmp_path: Path) -> None:
    assert problems(tmp_path, "[server]\nlog_level = 4 2\n") == [
        "doorline.toml:2: not TOML: Expected newline or end of document after a statement"
    ]


def test_a_file_that_is_not_toml_at_its_end_is_told_with_the_last_line(tmp_path: Path) -> None:
    assert problems(tmp_path, "[server]\nlog_level =") == [
        "doorline.toml:2: not TOML: Invalid value"
    ]


def test_a_missing_file_is_one_problem(tmp_path: Path) -> None:
    with pytest.raises(
        SettingsError, match=r"none\.toml: no such file; name the settings file with --config FILE"
    ):
        load(tmp_path / "none.toml", {})


def test_a_file_of_other_bytes_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "doorline.toml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(SettingsError, match="is not UTF-8 text"):
        load(path, {})
