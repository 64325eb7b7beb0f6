"""`/docs`: one self-contained page that lists every operation and every kind of problem."""

import base64
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from admin_api import problem
from admin_api.operation import PREFIX, AnyOperation
from admin_api.roles import ROLE_TABLE
from admin_api.schemas.base import MAX_ID, NoQuery

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto }
table { border-collapse: collapse; width: 100% }
td { vertical-align: top; padding: .3rem .6rem; border-bottom: 1px solid #ccc }
code { font: 14px ui-monospace, monospace }
small { color: #555 }
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

CONTENT_SECURITY_POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; frame-ancestors 'none'"
)
"""Lets the page's own style pass, and nothing else."""


_WORDS = {
    "boolean": "true|false",
    "date-time": "moment",
    "integer": "integer",
    "null": "null",
    "number": "number",
    "object": "object",
    "string": "text",
}
"""What JSON types and formats are called here."""


def render(operations: Sequence[AnyOperation], version: str) -> str:
    """The page as HTML."""
    by_tag = groupby(sorted(operations, key=lambda o: o.tag), key=lambda o: o.tag)
    sections = "\n".join(_section(tag, group) for tag, group in by_tag)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Doorline admin API</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>Doorline admin API <small>{escape(version)}</small></h1>
<p>Every request carries <code>Authorization: Bearer TOKEN</code>. Machine-readable:
<a href="{PREFIX}/openapi.json">openapi.json</a>. Lists take <code>limit</code> and
<code>cursor</code>; every POST takes <code>Idempotency-Key</code>; edits take
<code>If-Match</code> with the <code>ETag</code> of what was read.</p>
{sections}
<h2>Problems</h2>
<table>
{_problems()}
</table>
</body>
</html>
"""


def _section(tag: str, operations: Iterable[AnyOperation]) -> str:
    """One resource's table."""
    rows = "\n".join(_row(operation) for operation in operations)
    return f"<h2>{escape(tag)}</h2>\n<table>\n{rows}\n</table>"


def _row(operation: AnyOperation) -> str:
    """One operation: method, path, what it does, what it takes, who may."""
    roles = ", ".join(sorted(ROLE_TABLE[operation.id]))
    takes = "".join(f"<br><small>{escape(line)}</small>" for line in _takes(operation))
    return (
        f"<tr><td><code>{operation.method}</code></td>"
        f"<td><code>{escape(PREFIX + operation.path)}</code></td>"
        f"<td>{escape(operation.summary)}{takes}<br><small>roles: {escape(roles)}</small></td></tr>"
    )


def _takes(operation: AnyOperation) -> Iterable[str]:
    """Query parameters and body fields with what they take; `?` marks those to leave out."""
    if operation.query is not NoQuery:
        # Left out is the only way in which a parameter can be null.
        yield "query: " + ", ".join(
            field.removesuffix("|null") for field in _fields(operation.query)
        )
    if operation.has_body:
        yield "body: " + ", ".join(_fields(operation.body))


def _fields(model: type[BaseModel]) -> Iterable[str]:
    """`name: text`, `scope?: site|building`, `duration?: number`, …"""
    schema = model.model_json_schema()
    required = schema.get("required", ())
    for name, field in schema.get("properties", {}).items():
        mark = "" if name in required else "?"
        yield f"{name}{mark}: {_kind(field, schema.get('$defs', {}))}"


def _kind(field: Mapping[str, Any], named: Mapping[str, Any]) -> str:
    """What a field takes, in one word, or the words it is one of."""
    if "$ref" in field:
        return _kind(named[field["$ref"].rpartition("/")[2]], named)
    if "anyOf" in field:
        return "|".join(_kind(one, named) for one in field["anyOf"])
    if "enum" in field:
        return "|".join(str(word) for word in field["enum"])
    if "const" in field:
        return str(field["const"])
    if field.get("type") == "array":
        return f"list of {_kind(field.get('items', {}), named)}"
    word = _WORDS.get(str(field.get("format"))) or _WORDS.get(str(field.get("type")), "any")
    return word + _range(field)


def _range(field: Mapping[str, Any]) -> str:
    """` 1-200` where both ends mean something."""
    low, high = field.get("minimum"), field.get("maximum")
    return f" {low}-{high}" if low is not None and high is not None and high < MAX_ID else ""


def _problems() -> str:
    """One row a kind of problem, with the anchor that `type` points at."""
    return "\n".join(
        f'<tr id="{kind.slug}"><td>{kind.status}</td><td>{escape(kind.title)}</td>'
        f"<td>{escape(kind.explanation)}</td></tr>"
        for kind in problem.KINDS
    )
