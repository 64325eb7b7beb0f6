"""The admin API as one aiohttp application: the parts list of this package."""

import asyncio
import functools
import json

from aiohttp import web

from admin_api import docs_page, openapi
from admin_api.endpoint import Endpoint
from admin_api.idempotency import IdempotencyStore
from admin_api.metrics import RequestMetrics
from admin_api.middleware import around_everything
from admin_api.operation import PREFIX
from admin_api.probes import Probes
from admin_api.resources import OPERATIONS
from admin_api.services import Services

MAX_BODY = 2 * 1024 * 1024
"""Octets of a body that are read at all; each operation sets a lower limit of its own."""


def build_app(services: Services) -> web.Application:
    """`/api/v1/…`, `/docs`, `/healthz`, `/readyz` and `/metrics` on these services."""
    metrics = RequestMetrics()
    app = web.Application(
        middlewares=[around_everything(services, metrics)], client_max_size=MAX_BODY
    )
    Probes(services, metrics).add_to(app)
    _add_documentation(app, services)
    store = IdempotencyStore()
    for operation in OPERATIONS:
        endpoint = Endpoint(operation, services, store)
        app.router.add_route(
            operation.method, PREFIX + operation.path, endpoint.answer, name=operation.id
        )
    return app


def _add_documentation(app: web.Application, services: Services) -> None:
    """The description and the page; they hold no secrets and need no token."""
    version = services.version

    async def serve_description(_request: web.Request) -> web.Response:
        # Half a second of work the first time: not in the loop that answers the phones.
        body = await asyncio.to_thread(_description, version)
        return web.Response(body=body, content_type="application/json")

    async def serve_page(_request: web.Request) -> web.Response:
        headers = {"Content-Security-Policy": docs_page.CONTENT_SECURITY_POLICY}
        return web.Response(text=_page(version), content_type="text/html", headers=headers)

    app.router.add_get(PREFIX + "/openapi.json", serve_description, name="openapi")
    app.router.add_get("/docs", serve_page, name="docs")


@functools.cache
def _description(version: str) -> bytes:
    return json.dumps(openapi.describe(OPERATIONS, version)).encode()


@functools.cache
def _page(version: str) -> str:
    return docs_page.render(OPERATIONS, version)
