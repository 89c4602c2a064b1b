"""What stands before every page: loopback hosts, forms of our own pages, headers that shut the rest out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SLACK_PATH = "/slack/events"
"""Comes through a tunnel under another name, and proves itself by its signature instead."""

NAMES = ("127.0.0.1", "localhost", "[::1]")

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # `no-referrer` would make a form's own Origin `null`
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}

LARGEST_FORM = 64 * 1024
"""Bytes; a reason is a few sentences."""


class Guard:
    """ASGI middleware; refuses before anything of the application runs."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = _refusal(Request(scope))
        if refused is not None:
            await _closed(refused)(scope, receive, send)
            return
        await self.app(scope, receive, _with_headers(send))


def own_origin(request: Request) -> str:
    """The origin under which this page was asked for."""
    return f"http://{request.headers.get('host', '')}"


def _refusal(request: Request) -> Response | None:
    length = request.headers.get("content-length", "0")
    if not length.isdigit() or int(length) > LARGEST_FORM or "transfer-encoding" in request.headers:
        return PlainTextResponse("This is larger than any form here.", 413)
    if request.url.path == SLACK_PATH:
        return None
    server = request.scope.get("server")
    port = server[1] if server else None
    if request.headers.get("host", "") not in {f"{name}:{port}" for name in NAMES}:
        return PlainTextResponse("This page answers under its own name on this machine alone.", 421)
    if request.method in {"GET", "HEAD"}:
        return None
    if request.headers.get("origin") != own_origin(request):
        return PlainTextResponse("Forms are taken from this page alone.", 403)
    return None


def _closed(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


def _with_headers(send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
            message = {**message, "headers": [*message.get("headers", ()), *own]}
        await send(message)

    return sent
