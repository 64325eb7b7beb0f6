"""baresip, a SIP stack that is neither ours nor pjsua2's nor SIPp's, on the real program.

It answers both challenges, MD5 and SHA-256, in one request, sends everything through a Route to
the server, and repeats its credentials inside the dialog.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from tests.support.certificates import authority
from tests.support.program import Program, moment

STORY = Path(__file__).with_name("story.py")
LIMIT = 60
"""Seconds the story may take."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    if find_spec("baresip") is None:
        message = "baresip-python is not installed: pip install 'baresip-python>=0.5.2a3'"
        if os.environ.get("CI") == "true":
            pytest.fail(message, pytrace=False)
        pytest.skip(message)
    folder = tmp_path_factory.mktemp("baresip")
    files = authority().sign().files(folder, "server")
    with Program(folder, certificate=files) as running:
        yield running


def secret_of(server: Program, kind: str) -> dict[str, str]:
    """User and a new password of the first account of a kind."""
    account = server.get(f"/accounts?kind={kind}&limit=1")["items"][0]
    secret = server.make(f"/accounts/{account['id']}/reset-password", None)
    return {"user": secret["user"], "password": secret["password"]}


def play(server: Program, transport: str, code: str) -> Any:
    """The steps of the story as baresip saw them."""
    host, port = server.sip(transport)
    given = {
        "server": f"{host}:{port}",
        "transport": transport,
        "domain": "doorline.local",
        "door": secret_of(server, "door"),
        "app": secret_of(server, "app"),
        "code": code,
    }
    done = subprocess.run(
        [sys.executable, str(STORY)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    assert done.stdout, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_baresip_registers_calls_opens_the_door_holds_and_is_refused(
    server: Program, transport: str
) -> None:
    began = moment()
    (relay,) = server.get("/relays?name=Main")["items"]

    steps = play(server, transport, relay["dtmf_code"])

    assert steps == [
        ["registered", [True, True]],
        ["wrong password", 403],
        ["talking", True],
        ["digits at the door", True],
        ["held and resumed", True],
        ["hung up", True],
        ["declined", 486],
        ["given up", True],
        ["unknown number", 404],
        ["unregistered", True],
    ]
    server.newest("/visits", began)
    (opening,) = server.get(f"/door-log?log_type=door_release&from={began}")["items"]
    assert (opening["response"], opening["relay_name"]) == ("allowed", relay["name"])
    assert server.metric("doorline_sip_internal_errors_total") == 0
