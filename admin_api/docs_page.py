"""`/docs`: one self-contained page that lists every operation and every kind of problem."""

import base64
import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby

from admin_api import problem
from admin_api.operation import PREFIX, AnyOperation
from admin_api.roles import ROLE_TABLE
from admin_api.schemas.base import NoQuery

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
    """Names of the query parameters and body fields; `?` marks those that may be left out."""
    if operation.query is not NoQuery:
        fields = operation.query.model_fields.items()
        yield "query: " + ", ".join(field.alias or name for name, field in fields)
    if operation.has_body:
        fields = operation.body.model_fields.items()
        names = [name if field.is_required() else f"{name}?" for name, field in fields]
        yield "body: " + ", ".join(names)


def _problems() -> str:
    """One row a kind of problem, with the anchor that `type` points at."""
    return "\n".join(
        f'<tr id="{kind.slug}"><td>{kind.status}</td><td>{escape(kind.title)}</td>'
        f"<td>{escape(kind.explanation)}</td></tr>"
        for kind in problem.KINDS
    )
