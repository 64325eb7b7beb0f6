"""`doorline serve` as a process: its lines, its exit status, and what stops it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sipcore.native import is_compiled
from tests.support.command_line import CONFIG


@contextmanager
def program(
    folder: Path, *options: str, within: tuple[str, ...] = ()
) -> Iterator[subprocess.Popen[str]]:
    """The program, perhaps started by another; ended, whatever the test found."""
    config = folder / "doorline.toml"
    if not config.exists():
        config.write_text(CONFIG.format(folder=folder), encoding="utf-8")
    command = [sys.executable, "-m", "doorline", "serve", "--config", str(config), *options]
    command[:0] = within
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def lines_until_ready(process: subprocess.Popen[str]) -> list[str]:
    """Everything printed up to `doorline ready`."""
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if lines[-1] == "doorline ready":
            break
    return lines


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda n: n.name)
def test_it_says_its_listeners_and_ends_with_status_zero_when_told_to(
    tmp_path: Path, number: signal.Signals
) -> None:
    with program(tmp_path) as process:
        lines = lines_until_ready(process)
        process.send_signal(number)
        status = process.wait(30)

    assert [line.partition(" 127.0.0.1:")[0] for line in lines] == [
        "sip/udp",
        "http/autop",
        "http/admin",
        "doorline ready",
    ]
    assert status == 0


def test_the_demo_prints_its_token_at_the_first_start_only(tmp_path: Path) -> None:
    printed = []
    for _ in range(2):
        with program(tmp_path, "--demo") as process:
            printed.append([line.partition(":")[0] for line in lines_until_ready(process)[3:]])
            process.send_signal(signal.SIGTERM)
            process.wait(30)

    assert printed == [
        ["admin token (shown this once)", "try the API", "try autop", "try SIP", "doorline ready"],
        ["admin token", "try the API", "try autop", "try SIP", "doorline ready"],
    ]


def test_the_log_tells_a_start_with_its_engine_and_a_reload(tmp_path: Path) -> None:
    with program(tmp_path) as process:
        lines_until_ready(process)
        assert process.stderr is not None
        started = process.stderr.readline()
        process.send_signal(signal.SIGHUP)
        reloaded = process.stderr.readline()

    assert "server.started" in started
    assert ("compiled" if is_compiled() else "python") in started
    assert "server.reloaded" in reloaded


def test_a_limit_on_open_files_that_is_too_low_is_told(tmp_path: Path) -> None:
    with program(tmp_path, within=("sh", "-c", 'ulimit -n 1000; exec "$@"', "sh")) as process:
        lines_until_ready(process)
        assert process.stderr is not None
        told = process.stderr.readline()

    assert "settings.few_open_files" in told
    assert "connections=744 open_files=1000 wanted=20000" in told


def test_a_port_in_use_is_one_line_and_status_one(tmp_path: Path) -> None:
    with program(tmp_path) as first:
        port = lines_until_ready(first)[0].rpartition(":")[2]
        other = tmp_path / "other"
        other.mkdir()
        text = CONFIG.format(folder=other).replace("127.0.0.1:0", f"127.0.0.1:{port}", 1)
        (other / "doorline.toml").write_text(text, encoding="utf-8")
        with program(other) as second:
            out, err = second.communicate(timeout=60)

    assert (second.returncode, out) == (1, "")
    assert err == (
        f"doorline: cannot listen on sip/udp 127.0.0.1:{port}: the port is in use by another "
        "program; stop it or choose another port\n"
    )


def test_a_second_server_on_one_database_does_not_start_and_commands_go_on(tmp_path: Path) -> None:
    with program(tmp_path) as first:
        lines_until_ready(first)
        with program(tmp_path) as second:
            out, err = second.communicate(timeout=60)
        config = str(tmp_path / "doorline.toml")
        command = [sys.executable, "-m", "doorline", "user", "add", "eve", "--role", "root"]
        added = subprocess.run([*command, "--config", config], capture_output=True, check=False)

    assert (second.returncode, out) == (1, "")
    assert err == (
        f"doorline: another server uses this database ({tmp_path}/var/doorline.db): stop it, or "
        "give this one its own server.data_dir\n"
    )
    assert (added.returncode, added.stderr) == (0, b"")


def test_a_first_start_that_fails_shows_the_token_all_the_same(tmp_path: Path) -> None:
    with program(tmp_path) as first:
        port = lines_until_ready(first)[0].rpartition(":")[2]
        other = tmp_path / "other"
        other.mkdir()
        text = CONFIG.format(folder=other).replace("127.0.0.1:0", f"127.0.0.1:{port}", 1)
        (other / "doorline.toml").write_text(text, encoding="utf-8")
        printed = []
        for _ in range(2):
            with program(other, "--demo") as second:
                printed.append((second.communicate(timeout=60)[0], second.returncode))

    (shown, status), again = printed
    assert re.fullmatch(r"admin token \(shown this once\): [A-Za-z0-9_-]{32,}\n", shown)
    assert (status, again) == (1, ("", 1))
