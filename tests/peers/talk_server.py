"""Both providers as they stream a conversation, on the loopback interface.

with TalkServer("anthropic") as server:
    server.will(call("scenario", spot_change=-10), "The loss is $12 [scenario.profit].")
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

PATHS = {"anthropic": "/v1/messages", "openai": "/v1/responses"}
FIELDS = {
    "anthropic": {
        "model", "max_tokens", "system", "messages", "tools", "tool_choice", "output_config", "stream",
    },
    "openai": {
        "model", "instructions", "input", "tools", "tool_choice", "reasoning", "include", "max_output_tokens",
        "prompt_cache_key", "store", "stream",
    },
}  # fmt: skip


class Fault(StrEnum):
    DROP = "drop"
    CUT = "cut"
    STALL = "stall"
    GARBAGE = "garbage"
    TRUNCATED = "truncated"
    TRUNCATED_CALL = "truncated call"
    ERROR = "error"
    UNAUTHORISED = "401"
    RATE_LIMITED = "429"
    OVERLOADED = "529"


def call(name: str, **arguments: Any) -> dict[str, Any]:
    return {"name": name, "arguments": json.dumps(arguments)}


Step = str | dict[str, Any] | Fault


class TalkServer:
    """`seen` are the bodies received. After the script every call is answered with `otherwise`."""

    def __init__(self, provider: str, otherwise: Step = "Nothing more.") -> None:
        self.provider = provider
        self.otherwise = otherwise
        self.seen: list[dict[str, Any]] = []
        self._script: deque[Step] = deque()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    @property
    def url(self) -> str:
        suffix = "/v1" if self.provider == "openai" else ""
        return f"http://127.0.0.1:{self._server.server_address[1]}{suffix}"

    def will(self, *steps: Step) -> None:
        self._script.extend(steps)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def complaint(self, body: dict[str, Any]) -> str:
        """What the real service would reject this request for."""
        if body.keys() != FIELDS[self.provider]:
            return f"fields {sorted(body.keys() ^ FIELDS[self.provider])}"
        if body["stream"] is not True or not all(tool["strict"] is True for tool in body["tools"]):
            return "neither streamed nor strict"
        return _unanswered(body) if self.provider == "anthropic" else _unreturned(body)

    def _handler(peer) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                peer.seen.append(body)
                complaint = peer.complaint(body) if self.path == PATHS[peer.provider] else "path"
                step = peer._script.popleft() if peer._script else peer.otherwise
                if complaint:
                    self.plain(400, {"error": {"type": "test", "message": complaint}})
                elif step is Fault.DROP:
                    self.close_connection = True
                elif isinstance(step, Fault) and step.isdigit():
                    self.plain(int(step), {"error": {"type": "test", "message": f"a message for {step}"}})
                else:
                    self.stream(step, len(peer.seen))

            def stream(self, step: Step, number: int) -> None:
                self.send_response(200)
                self.send_header("content-type", "text/event-stream")
                self.send_header("connection", "close")
                self.end_headers()
                self.close_connection = True
                if step is Fault.GARBAGE:
                    self.wfile.write(b"event: message_start\ndata: {nonsense\n\n")
                    return
                events = anthropic_events if peer.provider == "anthropic" else openai_events
                for place, event in enumerate(events(step, number)):
                    if step is Fault.CUT and place == 3:
                        return
                    if step is Fault.STALL and place == 3:
                        peer._closing.wait(30)
                        return
                    data = f"event: {event['type']}\ndata: {json.dumps(event)}\n\n"
                    self.wfile.write(data.encode())
                    self.wfile.flush()

            def plain(self, status: int, data: dict[str, Any]) -> None:
                told = json.dumps(data).encode()
                self.send_response(status)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def handle(self) -> None:
                try:
                    super().handle()
                except (BrokenPipeError, ConnectionResetError):
                    self.close_connection = True

            def log_message(self, *_: object) -> None:
                """Quiet."""

        return Handler


def anthropic_events(step: Step, number: int) -> Iterator[dict[str, Any]]:
    usage = {"input_tokens": 1000, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 2000}
    message: dict[str, Any] = {
        "id": f"msg_{number}", "type": "message", "role": "assistant", "model": "claude-haiku-5-5", "content": [],
        "stop_reason": None, "stop_sequence": None, "usage": usage | {"output_tokens": 1},
    }  # fmt: skip
    yield {"type": "message_start", "message": message}
    yield {"type": "ping"}
    if step is Fault.ERROR:
        yield {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
        return
    thinking = {"type": "thinking", "thinking": "", "signature": ""}
    yield {"type": "content_block_start", "index": 0, "content_block": thinking}
    yield {"type": "content_block_delta", "index": 0, "delta": {"type": "thinking_delta", "thinking": "Hm."}}
    yield {"type": "content_block_delta", "index": 0, "delta": {"type": "signature_delta", "signature": "sig"}}
    yield {"type": "content_block_stop", "index": 0}
    wanted = step if isinstance(step, dict) else call("reprice", spot=1) if step is Fault.TRUNCATED_CALL else None
    text = step if isinstance(step, str) and not isinstance(step, Fault) else "Let me look."
    yield {"type": "content_block_start", "index": 1, "content_block": {"type": "text", "text": ""}}
    for start in range(0, len(text), 7):
        delta = {"type": "text_delta", "text": text[start : start + 7]}
        yield {"type": "content_block_delta", "index": 1, "delta": delta}
    yield {"type": "content_block_stop", "index": 1}
    if wanted is not None:
        block = {"type": "tool_use", "id": f"toolu_{number}", "name": wanted["name"], "input": {}}
        yield {"type": "content_block_start", "index": 2, "content_block": block}
        written = wanted["arguments"][: 6 if step is Fault.TRUNCATED_CALL else None]
        for start in range(0, len(written), 5):
            piece = {"type": "input_json_delta", "partial_json": written[start : start + 5]}
            yield {"type": "content_block_delta", "index": 2, "delta": piece}
        yield {"type": "content_block_stop", "index": 2}
    cut = step in (Fault.TRUNCATED, Fault.TRUNCATED_CALL)
    stop = "max_tokens" if cut else "tool_use" if wanted else "end_turn"
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": stop, "stop_sequence": None},
        "usage": {"output_tokens": 500},
    }
    yield {"type": "message_stop"}


def openai_events(step: Step, number: int) -> Iterator[dict[str, Any]]:
    cut = step in (Fault.TRUNCATED, Fault.TRUNCATED_CALL)
    wanted = step if isinstance(step, dict) else call("reprice", spot=1) if step is Fault.TRUNCATED_CALL else None
    text = step if isinstance(step, str) and not isinstance(step, Fault) else "Let me look."
    shell = {
        "id": f"resp_{number}", "object": "response", "created_at": 1_790_000_000, "status": "in_progress",
        "error": None, "incomplete_details": None, "model": "gpt-6-luna", "output": [], "tools": [],
        "parallel_tool_calls": True, "tool_choice": "auto",
    }  # fmt: skip
    yield {"type": "response.created", "response": shell, "sequence_number": 0}
    yield {"type": "response.in_progress", "response": shell, "sequence_number": 1}
    if step is Fault.ERROR:
        yield {
            "type": "error",
            "code": "server_error",
            "message": "Overloaded",
            "param": None,
            "sequence_number": 2,
        }
        return
    part = {"type": "output_text", "text": text, "annotations": [], "logprobs": []}
    item = {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
    opened = item | {"content": [], "status": "in_progress"}
    yield {"type": "response.output_item.added", "output_index": 0, "item": opened, "sequence_number": 2}
    for place, start in enumerate(range(0, len(text), 7)):
        yield {
            "type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0,
            "delta": text[start : start + 7], "logprobs": [], "sequence_number": 3 + place,
        }  # fmt: skip
    output: list[dict[str, Any]] = [item]
    if wanted is not None:
        output.append(
            {
                "id": f"fc_{number}", "type": "function_call", "call_id": f"call_{number}", "status": "completed",
                "name": wanted["name"], "arguments": wanted["arguments"][: 6 if cut else None],
            }
        )  # fmt: skip
    usage = {
        "input_tokens": 3000,
        "input_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 0},
        "output_tokens": 500,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": 3500,
    }
    status = "incomplete" if cut else "completed"
    whole = shell | {
        "status": status,
        "output": output,
        "usage": usage,
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
    }
    yield {"type": f"response.{status}", "response": whole, "sequence_number": 999}


def _unanswered(body: dict[str, Any]) -> str:
    """Every tool use must be followed by its result."""
    messages = body["messages"]
    for said, answer in zip(messages, [*messages[1:], {"content": []}], strict=True):
        if said["role"] == "assistant" and isinstance(said["content"], list):
            uses = {block["id"] for block in said["content"] if block["type"] == "tool_use"}
            results = answer["content"] if isinstance(answer["content"], list) else []
            if uses != {block["tool_use_id"] for block in results}:
                return "a tool use without its result"
    return ""


def _unreturned(body: dict[str, Any]) -> str:
    items = [item for item in body["input"] if "type" in item]
    calls = {item["call_id"] for item in items if item["type"] == "function_call"}
    returned = {item["call_id"] for item in items if item["type"] == "function_call_output"}
    return "" if calls == returned else "a call without its output"
