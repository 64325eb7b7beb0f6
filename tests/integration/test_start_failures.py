"""What stops the start: one clear line for each reason, exit status 1, never a traceback."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.program import Ended, run_command

CONFIG = """\
[server]
data_dir = "{folder}/var"
[sip.listen]
udp = ["127.0.0.1:0"]
tcp = ["127.0.0.1:0"]
[http]
autop = ["127.0.0.1:0"]
admin = ["127.0.0.1:0"]
"""


def serve(folder: Path, text: str) -> Ended:
    """Try to start with these settings."""
    config = folder / "doorline.toml"
    config.write_text(text, encoding="utf-8")
    return run_command("serve", "--config", str(config))


def refusal(ended: Ended) -> list[str]:
    """The lines on stderr, after a look at everything else that must hold."""
    assert (ended.status, ended.out) == (1, "")
    assert "Traceback" not in ended.err
    return ended.err.splitlines()


def settings(folder: Path, more: str = "") -> str:
    """Settings that are good, with `more` at their end."""
    return CONFIG.format(folder=folder) + more


# -- settings ------------------------------------------------------------------------------------


def test_every_mistake_in_the_settings_is_told_with_its_file_line_and_key(tmp_path: Path) -> None:
    text = """\
[server]
log_level = "loud"
[media]
colour = "red"
[sip.listen]
udp = "5060"
tcp = ["127.0.0.1:99999"]
[sip.registrar]
min_expires = "60"
"""
    place = tmp_path / "doorline.toml"

    assert refusal(serve(tmp_path, text)) == [
        f'doorline: {place}:2: server.log_level: got "loud", expected one of "debug", "info", '
        '"warning", "error"',
        f"doorline: {place}:4: media.colour: unknown key; known here: mode",
        f'doorline: {place}:6: sip.listen.udp: got "5060", expected a list of addresses such as '
        '"127.0.0.1:5060", "[::1]:5060" or "*:0"',
        f'doorline: {place}:7: sip.listen.tcp: got ["127.0.0.1:99999"], expected a list of '
        'addresses such as "127.0.0.1:5060", "[::1]:5060" or "*:0"',
        f'doorline: {place}:9: sip.registrar.min_expires: got "60", expected a whole number, 1 to '
        "86400 seconds",
    ]


def test_a_file_that_is_no_toml_is_one_line(tmp_path: Path) -> None:
    (line,) = refusal(serve(tmp_path, "[server\n"))

    assert line.startswith(f"doorline: {tmp_path}/doorline.toml:1: not TOML: ")


def test_a_password_in_the_settings_is_never_repeated(tmp_path: Path) -> None:
    more = """\
[sip.trunk.provider]
host = "tel.example"
password = ["s3cret"]
[database]
url = "postgresql+asyncpg://doorline:s3cret@db.example/doorline"
"""
    lines = refusal(serve(tmp_path, settings(tmp_path, more)))

    assert len(lines) == 2
    assert "s3cret" not in "".join(lines)


# -- database and key file -----------------------------------------------------------------------


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Where the database belongs."""
    (tmp_path / "var").mkdir()
    return tmp_path / "var" / "doorline.db"


def test_a_database_that_cannot_be_opened_is_one_line(tmp_path: Path, database: Path) -> None:
    database.mkdir()

    assert refusal(serve(tmp_path, settings(tmp_path))) == [
        f"doorline: {database}: cannot open the database: unable to open database file"
    ]


def test_a_file_that_is_no_database_is_one_line(tmp_path: Path, database: Path) -> None:
    database.write_bytes(b"this is a letter, not a database\n" * 100)

    assert refusal(serve(tmp_path, settings(tmp_path))) == [
        f"doorline: {database}: cannot open the database: file is not a database"
    ]


def test_a_key_file_others_may_read_is_one_line_with_the_way_to_mend_it(
    tmp_path: Path, database: Path
) -> None:
    key = database.parent / "doorline.key"
    key.write_text("anything")
    key.chmod(0o644)

    assert refusal(serve(tmp_path, settings(tmp_path))) == [
        f"doorline: {key}: mode is 0644, must be 0600; run: chmod 600 {key}"
    ]


def test_a_key_file_without_a_key_is_one_line(tmp_path: Path, database: Path) -> None:
    key = database.parent / "doorline.key"
    key.touch(0o600)

    assert refusal(serve(tmp_path, settings(tmp_path))) == [
        f"doorline: {key}: holds no key; restore it from its copy"
    ]


# -- listeners -----------------------------------------------------------------------------------


@pytest.fixture
def taken() -> Iterator[int]:
    """A port of which another program has both UDP and TCP."""
    with socket.create_server(("127.0.0.1", 0)) as stream:
        port = int(stream.getsockname()[1])
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
            datagrams.bind(("127.0.0.1", port))
            yield port


@pytest.mark.parametrize(
    ("key", "listener"), [("udp", "sip/udp"), ("tcp", "sip/tcp"), ("admin", "http/admin")]
)
def test_a_port_in_use_is_one_line_that_names_the_listener(
    tmp_path: Path, taken: int, key: str, listener: str
) -> None:
    good = settings(tmp_path)
    text = good.replace(f'{key} = ["127.0.0.1:0"]', f'{key} = ["127.0.0.1:{taken}"]')

    assert refusal(serve(tmp_path, text)) == [
        f"doorline: cannot listen on {listener} 127.0.0.1:{taken}: the port is in use by another "
        "program; stop it or choose another port"
    ]


def test_an_address_this_machine_does_not_have_is_one_line(tmp_path: Path) -> None:
    text = settings(tmp_path).replace('udp = ["127.0.0.1:0"]', 'udp = ["192.0.2.77:5060"]')

    assert refusal(serve(tmp_path, text)) == [
        "doorline: cannot listen on sip/udp 192.0.2.77:5060: this machine does not have that "
        "address"
    ]
