"""The Anthropic Messages API on the loopback interface."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from tests.peers.provider import Mode, Provider

_STOPS = {Mode.TRUNCATED: "max_tokens", Mode.REFUSAL: "refusal"}
_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    403: "permission_error",
    404: "not_found_error",
    429: "rate_limit_error",
    500: "api_error",
    529: "overloaded_error",
}


class AnthropicServer(Provider):
    path: ClassVar[str] = "/v1/messages"

    def payload(self, mode: Mode, model: str) -> dict[str, Any]:
        refused = {"type": "refusal", "category": "general_harms", "explanation": None}
        text = self.text(mode)
        usage = {
            "input_tokens": 1000,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 2000,
            "output_tokens": 5_000_000 if mode is Mode.DEAR else 500,
            "service_tier": "standard",
        }
        return {
            "id": "msg_01XFDUDYJgAACzvnptvVoYEL",
            "type": "message",
            "role": "assistant",
            "model": "claude-opus-5-5" if mode is Mode.OTHER_MODEL else model,
            "content": [{"type": "text", "text": text}] if text else [],
            "stop_reason": _STOPS.get(mode, "end_turn"),
            "stop_sequence": None,
            "stop_details": refused if mode is Mode.REFUSAL else None,
            "usage": None if mode is Mode.NO_USAGE else usage,
        }

    def error(self, status: int) -> dict[str, Any]:
        error = {"type": _ERRORS[status], "message": f"a message for {status}"}
        return {"type": "error", "error": error, "request_id": "req_test"}

    def complaint(self, body: dict[str, Any], headers: dict[str, str]) -> str:
        if "authorization" not in headers and "x-api-key" not in headers:
            return "no credentials"
        if not re.fullmatch(r"20\d\d-\d\d-\d\d", headers.get("anthropic-version", "")):
            return "no anthropic-version"
        allowed = {"model", "max_tokens", "system", "messages", "output_config"}
        if body.keys() != allowed:
            return f"fields {sorted(body.keys() ^ allowed)}"
        wanted = body["output_config"]["format"]
        if wanted["type"] != "json_schema" or wanted["schema"]["additionalProperties"] is not False:
            return "no strict schema"
        return "" if [turn["role"] for turn in body["messages"]] == ["user"] else "roles"
