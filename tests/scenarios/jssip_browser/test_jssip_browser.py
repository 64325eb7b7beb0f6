"""JsSIP in Chromium, which we did not write, on the real program over secure WebSocket."""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.jssip_browser.browser import Browser, Site
from tests.scenarios.jssip_browser.bundle import bundle
from tests.scenarios.secure_listeners import self_signed
from tests.support.program import Program, moment

HERE = Path(__file__).parent
MODULES = Path(__file__).parents[3] / ".npm" / "node_modules"
"""Where `make test` installs packages of npm."""
PAGE = '<!doctype html><script src="/jssip.js"></script><script src="/story.js"></script>'


@pytest.fixture(scope="module")
def jssip() -> str:
    """JsSIP as one script."""
    if not (MODULES / "jssip").is_dir():
        message = "JsSIP is not installed: npm install --prefix .npm jssip@3"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    return bundle(MODULES, "jssip", "JsSIP")


@pytest.fixture(scope="module")
def browser(
    require_tool: Callable[[str], str], jssip: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Browser]:
    """A window with JsSIP and the story loaded."""
    story = (HERE / "story.js").read_text(encoding="utf-8")
    pages = {
        "/": ("text/html", PAGE),
        "/jssip.js": ("text/javascript", jssip),
        "/story.js": ("text/javascript", story),
    }
    chromedriver, chromium = require_tool("chromedriver"), require_tool("chromium")
    profile = tmp_path_factory.mktemp("chromium")
    with Site(pages) as site, Browser(chromedriver, chromium, profile) as window:
        window.open(f"{site.url}/")
        yield window


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    folder = tmp_path_factory.mktemp("jssip")
    certificate, key = self_signed(folder, "127.0.0.1")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DOORLINE_SIP__LISTEN__WSS", "127.0.0.1:0")
        environment.setenv("DOORLINE_SIP__TLS__CERTIFICATE", str(certificate))
        environment.setenv("DOORLINE_SIP__TLS__PRIVATE_KEY", str(key))
        with Program(folder) as running:
            yield running


def secret_of(server: Program, kind: str) -> dict[str, str]:
    """User and a new password of the first account of a kind."""
    account = server.get(f"/accounts?kind={kind}&limit=1")["items"][0]
    secret = server.make(f"/accounts/{account['id']}/reset-password", None)
    return {"user": secret["user"], "password": secret["password"]}


def given(server: Program) -> dict[str, Any]:
    """What the story is told."""
    return {
        "socket": "wss://" + server.find(r"sip/wss (\S+)"),
        "domain": "doorline.local",
        "door": secret_of(server, "door"),
        "app": secret_of(server, "app"),
    }


@pytest.mark.parametrize("timers", [False, True], ids=["plain", "session timers"])
def test_jssip_registers_calls_opens_the_door_holds_and_is_refused(
    browser: Browser, server: Program, timers: bool
) -> None:
    began = moment()
    (relay,) = server.get("/relays?name=Main")["items"]
    told = {**given(server), "code": relay["dtmf_code"], "timers": timers}

    steps = browser.run("play(given[0])", told)

    assert steps == [
        ["registered", [200, 200]],
        ["wrong password", 403],
        ["talking", ["confirmed", "confirmed"]],
        ["digit at the door", True],
        ["held and resumed", True],
        ["hung up", "remote"],
        ["declined", 486],
        ["given up", "Canceled"],
        ["unknown number", 404],
        ["unregistered", True],
    ]
    (opening,) = server.get(f"/door-log?log_type=door_release&from={began}")["items"]
    assert (opening["response"], opening["relay_name"]) == ("allowed", relay["name"])
    assert server.metric("doorline_sip_internal_errors_total") == 0


def test_what_went_over_the_encrypted_connection_is_captured_without_its_secrets(
    browser: Browser, server: Program
) -> None:
    told = {**given(server), "code": "0", "timers": False}
    browser.run("play(given[0])", told)

    octets = server.api("GET", f"/capture?aor={told['app']['user']}").body

    assert b"Via: SIP/2.0/WSS" in octets
    assert {b"REGISTER", b"INVITE", b"ACK", b"INFO", b"BYE"} <= set(
        re.findall(rb"([A-Z]+) sip:[^ \r\n]+ SIP/2\.0\r\n", octets)
    )
    secrets = re.findall(rb'a=ice-pwd:(\S+)|response="(\w+)"|Signal=(\w)', octets)
    assert all(any(found[kind] for found in secrets) for kind in range(3))
    assert {sign for found in secrets for secret in found for sign in secret} == set(b"x")


def test_jssip_sends_and_receives_a_text_message(browser: Browser, server: Program) -> None:
    """RFC 3428."""
    told = {**given(server), "timers": False, "text": "Parcel at the gate"}

    received = browser.run("exchange(given[0])", told)

    assert received == ["remote", told["door"]["user"], "Parcel at the gate", "succeeded"]
