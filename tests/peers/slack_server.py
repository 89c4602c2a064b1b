"""Slack on the loopback interface: its web API, Socket Mode, and signed requests, as the real library meets them.

with SlackServer() as slack:
    …                                     # a channel posts its card
    slack.press("tg_approve", by="U02AB7")            # over Socket Mode, once connected
    slack.press("tg_approve", by="U02AB7", url=…)     # or as a signed request to our own address

Blocks are held to Slack's limits (https://docs.slack.dev/reference/block-kit): what it would refuse is refused.
"""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import Server, ServerConnection, serve

BOT, APP, SECRET = "xoxb-canary-bot", "xapp-canary-app", "canary-signing-secret"
CHANNEL = "C0TRADES"


@dataclass
class Message:
    channel: str
    ts: str
    blocks: list[dict[str, Any]]
    text: str
    edits: int = 0

    def buttons(self) -> dict[str, dict[str, Any]]:
        actions = [block for block in self.blocks if block["type"] == "actions"]
        return {each["action_id"]: each for block in actions for each in block["elements"]}

    def words(self) -> str:
        return json.dumps(self.blocks, ensure_ascii=False)


@dataclass
class SlackServer:
    """Everything Slack knows, and what it was asked. `limited` answers so many calls with 429 first."""

    limited: int = 0
    retry_after: str = "0"
    down: bool = False
    messages: list[Message] = field(default_factory=list)
    whispers: list[tuple[str, str]] = field(default_factory=list)
    windows: list[dict[str, Any]] = field(default_factory=list)
    asked: deque[str] = field(default_factory=deque)
    acks: dict[str, float] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self._numbers = itertools.count(1)
        self._links: list[ServerConnection] = []
        self._connected = threading.Event()
        self._web = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._web.daemon_threads = True
        self._socket: Server = serve(self._link, "127.0.0.1", 0)
        self._threads = [
            threading.Thread(target=self._web.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True),
            threading.Thread(target=self._socket.serve_forever, daemon=True),
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown()
        self._web.shutdown()
        self._web.server_close()
        for thread in self._threads:
            thread.join(5)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._web.server_address[1]}/api/"

    def wait_until(self, happened: Any, seconds: float = 10.0) -> bool:
        """Whether something came true in time."""
        deadline = time.monotonic() + seconds
        while not happened():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.01)
        return True

    # what people do

    def press(
        self, action: str, *, by: str, message: Message | None = None, url: str = "", **changes: Any
    ) -> float:
        """Press a button of a message, the last one where none is named; seconds until our side said it heard."""
        on = message or self.messages[-1]
        return self.deliver(self.pressed(action, by=by, message=on, **changes), url=url)

    def pressed(self, action: str, *, by: str, message: Message, value: str | None = None) -> dict[str, Any]:
        """What Slack sends when a button is pressed."""
        button = message.buttons()[action]
        return {
            "type": "block_actions",
            "user": {"id": by, "username": by.lower(), "team_id": "T0DESK"},
            "api_app_id": "A0GATE",
            "token": "verification",
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": message.channel,
                "is_ephemeral": False,
            },
            "trigger_id": f"trigger.{next(self._numbers)}",
            "team": {"id": "T0DESK", "domain": "desk"},
            "channel": {"id": message.channel, "name": "trades"},
            "message": {"ts": message.ts, "blocks": message.blocks, "text": message.text},
            "response_url": "https://hooks.slack.com/never",
            "actions": [
                {
                    "action_id": action,
                    "block_id": "tg_answer",
                    "type": "button",
                    "value": button["value"] if value is None else value,
                    "action_ts": f"{next(self._numbers)}.0",
                    **({"url": button["url"]} if "url" in button else {}),
                }
            ],
        }

    def submit(self, reason: str, *, by: str, url: str = "") -> float:
        """Fill in the last window and send it."""
        view = self.windows[-1]
        block = view["blocks"][0]
        state = {block["block_id"]: {block["element"]["action_id"]: {"type": "plain_text_input", "value": reason}}}
        payload = {
            "type": "view_submission",
            "user": {"id": by, "team_id": "T0DESK"},
            "team": {"id": "T0DESK", "domain": "desk"},
            "api_app_id": "A0GATE",
            "view": {**view, "id": "V1", "state": {"values": state}},
        }
        return self.deliver(payload, url=url)

    def deliver(self, payload: dict[str, Any], *, url: str = "") -> float:
        begun = time.monotonic()
        if url:
            status = self.post(url, *self.signed(payload))
            assert status == 200, status
            return time.monotonic() - begun
        assert self._connected.wait(5), "nothing is connected by Socket Mode"
        envelope = f"e-{next(self._numbers)}"
        told = {
            "envelope_id": envelope,
            "type": "interactive",
            "payload": payload,
            "accepts_response_payload": True,
        }
        self._links[-1].send(json.dumps(told))
        assert self.wait_until(lambda: envelope in self.acks, 3), "Slack waits three seconds for its ack"
        return self.acks[envelope] - begun

    def signed(
        self, payload: dict[str, Any], *, age: int = 0, secret: str = SECRET
    ) -> tuple[bytes, dict[str, str]]:
        """A request as Slack signs it: v0 of https://docs.slack.dev/authentication/verifying-requests-from-slack."""
        body = urlencode({"payload": json.dumps(payload)})
        at = str(int(time.time()) - age)
        seal = hmac.new(secret.encode(), f"v0:{at}:{body}".encode(), hashlib.sha256).hexdigest()
        return body.encode(), {
            "content-type": "application/x-www-form-urlencoded",
            "x-slack-request-timestamp": at,
            "x-slack-signature": f"v0={seal}",
        }

    def post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=10) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    # the web API

    def answer(self, method: str, arguments: dict[str, Any], token: str) -> tuple[int, dict[str, Any]]:
        self.asked.append(method)
        if self.down:
            return 503, {"ok": False, "error": "service_unavailable"}
        if self.limited > 0:
            self.limited -= 1
            return 429, {"ok": False, "error": "ratelimited"}
        if token != (APP if method == "apps.connections.open" else BOT):
            return 200, {"ok": False, "error": "invalid_auth"}
        calls = {
            "auth.test": self._auth,
            "apps.connections.open": self._open,
            "chat.postMessage": self._post,
            "chat.update": self._update,
            "chat.postEphemeral": self._whisper,
            "views.open": self._window,
        }
        known = calls.get(method)
        said = known(arguments) if known else {"error": "unknown_method"}
        return 200, {"ok": "error" not in said, **said}

    def _auth(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": "https://desk.slack.com/", "team_id": "T0DESK", "user_id": "U0BOT", "bot_id": "B0GATE"}

    def _open(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"url": f"ws://127.0.0.1:{self._socket.socket.getsockname()[1]}/link"}

    def _post(self, arguments: dict[str, Any]) -> dict[str, Any]:
        if arguments["channel"] != CHANNEL:
            return {"error": "channel_not_found"}
        wrong = misshapen(arguments["blocks"])
        if wrong:
            return {"error": f"invalid_blocks: {wrong}"}
        ts = f"{int(time.time())}.{next(self._numbers):06d}"
        self.messages.append(Message(CHANNEL, ts, arguments["blocks"], arguments["text"]))
        return {"channel": CHANNEL, "ts": ts}

    def _update(self, arguments: dict[str, Any]) -> dict[str, Any]:
        found = next((each for each in self.messages if each.ts == arguments["ts"]), None)
        if found is None:
            return {"error": "message_not_found"}
        wrong = misshapen(arguments["blocks"])
        if wrong:
            return {"error": f"invalid_blocks: {wrong}"}
        found.blocks, found.text, found.edits = arguments["blocks"], arguments["text"], found.edits + 1
        return {"channel": found.channel, "ts": found.ts}

    def _whisper(self, arguments: dict[str, Any]) -> dict[str, Any]:
        self.whispers.append((arguments["user"], arguments["text"]))
        return {"message_ts": "1.0"}

    def _window(self, arguments: dict[str, Any]) -> dict[str, Any]:
        wrong = misshapen(arguments["view"]["blocks"])
        if wrong or len(arguments["view"]["title"]["text"]) > 24:
            return {"error": f"invalid_arguments: {wrong or 'title'}"}
        self.windows.append(arguments["view"])
        return {"view": {"id": "V1"}}

    def _link(self, link: ServerConnection) -> None:
        link.send(json.dumps({"type": "hello", "num_connections": 1, "connection_info": {"app_id": "A0GATE"}}))
        self._links.append(link)
        self._connected.set()
        try:
            for told in link:
                heard = json.loads(told)
                if "envelope_id" in heard:
                    self.acks[heard["envelope_id"]] = time.monotonic()
        except ConnectionClosed:
            return

    def drop_links(self) -> None:
        """Hang up, as Slack does every few hours."""
        self._connected.clear()
        for link in self._links:
            link.close()

    def _handler(slack) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"] or 0)).decode()
                is_json = "json" in (self.headers["content-type"] or "")
                arguments = json.loads(body or "{}") if is_json else dict(parse_qsl(body))
                token = (self.headers["authorization"] or "").removeprefix("Bearer ")
                method = urlsplit(self.path).path.removeprefix("/api/")
                status, said = slack.answer(method, arguments, token)
                data = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json; charset=utf-8")
                self.send_header("content-length", str(len(data)))
                if status == 429:
                    self.send_header("Retry-After", slack.retry_after)
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


LONGEST = {"header": 150, "section": 3000, "button": 75, "title": 100, "confirm": 300, "field": 2000, "value": 2000}


def misshapen(blocks: list[dict[str, Any]]) -> str:
    """What Slack would refuse in these blocks; empty where it takes them."""
    if not 1 <= len(blocks) <= 50:
        return "number of blocks"
    for block in blocks:
        text = block.get("text", {}).get("text")
        kind = block["type"]
        if kind in {"header", "section"} and text is not None and not 1 <= len(text) <= LONGEST[kind]:
            return f"text of a {kind}"
        fields = block.get("fields", [])
        if len(fields) > 10 or any(not 1 <= len(each["text"]) <= LONGEST["field"] for each in fields):
            return "fields"
        for each in block.get("elements", []) if kind == "actions" else []:
            if len(each["text"]["text"]) > LONGEST["button"] or len(each["value"]) > LONGEST["value"]:
                return "a button"
            confirm = each.get("confirm")
            if confirm and (
                len(confirm["title"]["text"]) > LONGEST["title"]
                or len(confirm["text"]["text"]) > LONGEST["confirm"]
            ):
                return "a confirmation"
    return ""
