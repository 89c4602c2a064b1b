"""The OpenAI Responses API on the loopback interface."""

from __future__ import annotations

from typing import Any, ClassVar

from tests.peers.provider import Mode, Provider


class OpenAIServer(Provider):
    path: ClassVar[str] = "/v1/responses"
    suffix: ClassVar[str] = "/v1"

    def payload(self, mode: Mode, model: str) -> dict[str, Any]:
        truncated = mode is Mode.TRUNCATED
        part: dict[str, Any] = {"type": "output_text", "text": self.text(mode), "annotations": [], "logprobs": []}
        if mode is Mode.REFUSAL:
            part = {"type": "refusal", "refusal": "I can't help with that."}
        status = "incomplete" if truncated else "completed"
        message = {"id": "msg_1", "type": "message", "role": "assistant", "status": status, "content": [part]}
        reasoning = {"id": "rs_1", "type": "reasoning", "summary": []}
        usage = {
            "input_tokens": 3000,
            "input_tokens_details": {"cached_tokens": 2000, "cache_write_tokens": 0},
            "output_tokens": 5_000_000 if mode is Mode.DEAR else 500,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 3500,
        }
        return {
            "id": "resp_67ccd2bed1ec8190b14f964abc0542670bb6a6b452d3795b",
            "object": "response",
            "created_at": 1_790_000_000,
            "status": status,
            "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if truncated else None,
            "model": "gpt-6-sol" if mode is Mode.OTHER_MODEL else model,
            "output": [reasoning] if mode is Mode.EMPTY else [reasoning, message],
            "parallel_tool_calls": True,
            "tool_choice": "auto",
            "tools": [],
            "usage": None if mode is Mode.NO_USAGE else usage,
        }

    def error(self, status: int) -> dict[str, Any]:
        return {"error": {"message": f"a message for {status}", "type": "test", "param": None, "code": None}}

    def complaint(self, body: dict[str, Any], headers: dict[str, str]) -> str:
        if not headers.get("authorization", "").startswith("Bearer "):
            return "no credentials"
        allowed = {
            "model", "instructions", "input", "text", "reasoning", "max_output_tokens", "prompt_cache_key", "store",
        }  # fmt: skip
        if body.keys() != allowed:
            return f"fields {sorted(body.keys() ^ allowed)}"
        if len(body["prompt_cache_key"]) > 64:
            return "prompt_cache_key is too long"
        wanted = body["text"]["format"]
        return "" if wanted["strict"] is True and wanted["name"] else "no strict schema"
