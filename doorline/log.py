"""Logging: structlog on stderr, for people or for machines, with secrets taken out.

There is no log line for each message: counters tell of traffic (`/metrics`), records of calls, and
log lines of what an operator may have to act on.
"""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from aiohttp.web import RequestPayloadError

from directory.secrets import Secret

MASK = "**********"

# Names, or parts of names after an underscore, whose values never reach a log.
_SECRET_NAME = re.compile(
    r"(?:^|_)(?:password|passwd|secret|token|authorization|ha1|nonce|response|digits?|pin|"
    r"dtmf|dtmf_code|key|cookie|credential)s?$",
    re.IGNORECASE,
)
# `key` alone is a secret; these are names of things that only sound alike.
_HARMLESS = frozenset({"idempotency_key", "owner_key", "response"})
# Tokens inside texts: the autop path carries one, so does a bearer header.
_SECRET_TEXT = re.compile(
    r"(/autop/|/hook/|[Bb]earer\s+|(?:password|token|response|nonce)=\"?)([^\s/\"',;&]+)(?=/|\"|\s|$|[',;&])"
)

_CHATTY = ("aiosqlite", "sqlalchemy.engine", "alembic", "aiohttp.access")
_INDISCREET = ("httpx", "httpcore", "hpack", "h2")
"""They tell addresses and headers of what is sent: those of pushes are tokens."""


def redact(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """structlog processor: masks secrets by name, by type, and inside texts."""
    for name, value in event.items():
        event[name] = _redacted(name, value)
    return event


def _redacted(name: str, value: object) -> object:
    if isinstance(value, Secret):
        return MASK
    if name not in _HARMLESS and _SECRET_NAME.search(name):
        return MASK
    if isinstance(value, str):
        return _SECRET_TEXT.sub(_masked, value)
    if isinstance(value, Mapping):
        return {key: _redacted(str(key), item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", item) for item in value]
    return value


def _masked(match: re.Match[str]) -> str:
    """Keep what stands before the secret; `/autop/r123.cfg` carries none and stays."""
    lead = match.group(1)
    if lead == "/autop/" and match.string[match.end() : match.end() + 1] != "/":
        return match.group()
    return f"{lead}{MASK}"


def _without_garbage(record: logging.LogRecord) -> bool:
    """Filter for aiohttp's server: what a client sends that is not HTTP is no error of ours, nor is
    a body that cannot be unpacked and that nobody wanted to read.

    One line at debug stays, without the traceback and without the octets that came.
    """
    kind = record.exc_info[0] if record.exc_info else None
    if kind is None:
        return True
    if kind.__module__ != "aiohttp.http_exceptions" and not issubclass(kind, RequestPayloadError):
        return True
    record.levelno, record.levelname = logging.DEBUG, "DEBUG"
    record.exc_info = record.exc_text = None
    return logging.getLogger(record.name).isEnabledFor(logging.DEBUG)


def configure(level: str, style: str, stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's logging alike.

    `level` is `debug`, `info`, `warning` or `error`; `style` is `console` or `json`.
    """
    target = sys.stderr if stream is None else stream
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: Any = structlog.processors.JSONRenderer()
    if style == "console":
        # Plain tracebacks: the pretty ones print local variables, secrets among them.
        renderer = structlog.dev.ConsoleRenderer(
            colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
    last: list[Any] = [structlog.processors.format_exc_info, redact, renderer]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(target)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    server = logging.getLogger("aiohttp.server")
    if _without_garbage not in server.filters:
        server.addFilter(_without_garbage)
    for chatty in (*_CHATTY, *_INDISCREET):
        logging.getLogger(chatty).setLevel(max(logging.WARNING, root.level))
