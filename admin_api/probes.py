"""Liveness, readiness and figures: without a token, because the admin listener is on loopback."""

import json
from collections.abc import Mapping

from aiohttp import web

from admin_api.metrics import CONTENT_TYPE, RequestMetrics
from admin_api.services import Services


class Probes:
    """Handlers of `/healthz`, `/readyz` and `/metrics`."""

    def __init__(self, services: Services, metrics: RequestMetrics) -> None:
        self._services = services
        self._metrics = metrics

    def add_to(self, app: web.Application) -> None:
        """Register the three paths."""
        app.router.add_get("/healthz", self.healthz, name="healthz")
        app.router.add_get("/readyz", self.readyz, name="readyz")
        app.router.add_get("/metrics", self.metrics, name="metrics")

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 as long as the loop turns."""
        return _json(200, {"status": "alive", "version": self._services.version})

    async def readyz(self, _request: web.Request) -> web.Response:
        """200 when every check is well, else 503; the reasons either way."""
        checks = await self._services.health.readiness()
        ready = all(check.ok for check in checks)
        document = {
            "status": "ready" if ready else "not_ready",
            "checks": [{"name": c.name, "ok": c.ok, "message": c.message} for c in checks],
        }
        return _json(200 if ready else 503, document)

    async def metrics(self, _request: web.Request) -> web.Response:
        """Prometheus text of the server and of the API."""
        body = self._services.metrics() + self._metrics.exposition()
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE})


def _json(status: int, document: Mapping[str, object]) -> web.Response:
    return web.Response(
        status=status, body=json.dumps(document).encode(), content_type="application/json"
    )
