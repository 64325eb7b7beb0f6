"""Log lines: form, level, and what never appears in them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.web import RequestPayloadError

from directory.secrets import Secret
from doorline.log import MASK, configure, redact


@pytest.fixture(autouse=True)
def restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(style: str, level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    configure(level, style, stream)
    return stream


def test_json_lines_are_one_object_each() -> None:
    stream = lines("json")
    structlog.get_logger("doorline").info("call.ended", call_id="c1", legs=2)

    written = json.loads(stream.getvalue())

    assert {key: written[key] for key in ("event", "call_id", "legs", "level", "logger")} == {
        "event": "call.ended",
        "call_id": "c1",
        "legs": 2,
        "level": "info",
        "logger": "doorline",
    }


def test_lines_below_the_level_are_left_out() -> None:
    stream = lines("console", level="warning")
    structlog.get_logger("doorline").info("call.ended")
    logging.getLogger("other").warning("kept %s", "this")

    assert "call.ended" not in stream.getvalue()
    assert "kept this" in stream.getvalue()


def test_secrets_are_masked_by_name_type_and_inside_texts() -> None:
    event = {
        "event": 'GET /autop/abcDEF123/r000000000029.cfg with "Bearer tok-1"',
        "armed": "GET /autop/0c11050a0b0c.cfg",
        "header": 'Digest username="u", nonce="abc", response="def"',
        "password": "p",
        "sip_password": "p",
        "autop_token": "t",
        "dtmf_code": "1234",
        "digits": "#",
        "value": Secret("s"),
        "nested": {"pin": "1", "name": "n", "list": ["token=abc"]},
        "legs": 3,
    }

    assert redact(None, "info", event) == {
        "event": f'GET /autop/{MASK}/r000000000029.cfg with "Bearer {MASK}"',
        "armed": "GET /autop/0c11050a0b0c.cfg",
        "header": f'Digest username="u", nonce="{MASK}", response="{MASK}"',
        "password": MASK,
        "sip_password": MASK,
        "autop_token": MASK,
        "dtmf_code": MASK,
        "digits": MASK,
        "value": MASK,
        "nested": {"pin": MASK, "name": "n", "list": [f"token={MASK}"]},
        "legs": 3,
    }


def test_lines_of_other_libraries_are_redacted_as_well() -> None:
    stream = lines("json")
    logging.getLogger("aiohttp.server").error("bad request /autop/secretToken/x.cfg")

    assert json.loads(stream.getvalue())["event"] == f"bad request /autop/{MASK}/x.cfg"


@pytest.mark.parametrize("style", ["json", "console"])
def test_a_traceback_shows_no_local_variable(style: str) -> None:
    stream = lines(style)
    try:
        pin = "4" * 8
        raise OSError("no route")
    except OSError:
        structlog.get_logger("doorline").exception("trunk.failed")

    assert "OSError: no route" in stream.getvalue()
    assert pin not in stream.getvalue()


@pytest.mark.parametrize("kind", [BadHttpMessage, RequestPayloadError])
@pytest.mark.parametrize(("level", "left"), [("info", 0), ("debug", 1)])
def test_what_is_not_http_is_no_error_of_ours(level: str, left: int, kind: type[Exception]) -> None:
    stream = lines("console", level)
    try:
        raise kind("GET /autop/a-token\0")
    except kind as error:
        logging.getLogger("aiohttp.server").exception("from %s", "127.0.0.1", exc_info=error)
    written = stream.getvalue().splitlines()

    assert len(written) == left
    assert all("debug" in line and "from 127.0.0.1" in line for line in written)


def test_a_bug_in_a_handler_keeps_its_traceback() -> None:
    stream = lines("console")
    try:
        raise LookupError("a bug")
    except LookupError as error:
        logging.getLogger("aiohttp.server").exception("from %s", "127.0.0.1", exc_info=error)

    assert "LookupError: a bug" in stream.getvalue()
