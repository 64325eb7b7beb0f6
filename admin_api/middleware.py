"""The one layer round every handler: request id, problem documents, headers, figures, log line."""

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from admin_api import trace
from admin_api.auth import authenticate
from admin_api.errors import problem_of
from admin_api.metrics import RequestMetrics
from admin_api.operation import PREFIX
from admin_api.services import Services

SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Server": "doorline",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer that does not set them itself."""

log = structlog.get_logger("admin_api")


def around_everything(services: Services, metrics: RequestMetrics) -> Middleware:
    """The outermost middleware; after it nothing but a complete answer leaves."""

    @web.middleware
    async def layer(request: web.Request, handler: Handler) -> web.StreamResponse:
        started = services.monotonic()
        own = trace.accepted_id(request.headers.get(trace.HEADER))
        current = trace.RequestTrace(own or services.request_id())
        token = trace.CURRENT.set(current)
        try:
            response = await _answered(services, request, handler)
        finally:
            trace.CURRENT.reset(token)
        response.headers[trace.HEADER] = current.request_id
        for name, value in SECURITY_HEADERS.items():
            response.headers.setdefault(name, value)
        seconds = services.monotonic() - started
        operation = request.match_info.route.name or "none"
        metrics.count(operation, response.status, seconds)
        _log_line(request, operation, response.status, seconds, current)
        return response

    return layer


async def _answered(
    services: Services, request: web.Request, handler: Handler
) -> web.StreamResponse:
    """The handler's answer, or the problem document for what it raised."""
    try:
        if request.match_info.http_exception is not None and request.path.startswith(PREFIX):
            # Without a token, what exists under the prefix and what does not look the same.
            await authenticate(services, request.headers.get("Authorization"))
        return await handler(request)
    except Exception as error:
        problem = problem_of(error)
        if problem.kind.status >= 500:
            current = trace.CURRENT.get()
            request_id = current.request_id if current else ""
            log.error("http.failed", request_id=request_id, exc_info=error)
        return problem.response()


def _log_line(
    request: web.Request, operation: str, status: int, seconds: float, current: trace.RequestTrace
) -> None:
    """One line a request: edits at info, reads at debug. Never a body, query or header."""
    write = log.debug if request.method in {"GET", "HEAD"} else log.info
    write(
        "http.answered",
        operation=operation,
        method=request.method,
        status=status,
        milliseconds=round(seconds * 1000, 1),
        actor=current.actor,
        request_id=current.request_id,
    )
