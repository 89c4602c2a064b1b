"""Recorded calls on disk, in vcrpy's own YAML format, so that vcrpy itself can replay them.

    interactions: [{request: {method, uri, body, headers}, response: {status, headers, body}}]

Beside the content type two headers of ours are kept with each response, and nothing else: no key, no account.
    x-thetagate-recording   `authored` where a person wrote the answer, `live` where a model produced it
    x-thetagate-seconds     how long the live call took
The standard `date` header says when a live call was made, for its price.

A file that ends in `.gz` is the same text compressed: hundreds of calls repeat one long prompt.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml
from vcr.request import Request
from vcr.serialize import deserialize, serialize
from vcr.serializers import yamlserializer

from tools.domain.errors import ConfigError
from tools.domain.value import canonical

MESSAGES_URI = "https://api.anthropic.com/v1/messages"
ORIGIN = "x-thetagate-recording"
SECONDS = "x-thetagate-seconds"


class Origin(StrEnum):
    AUTHORED = "authored"
    LIVE = "live"


@dataclass(frozen=True)
class Recording:
    """One call: the JSON body sent, the JSON body that came back, and how it came to be."""

    request: dict[str, Any]
    reply: dict[str, Any]
    origin: Origin
    seconds: float | None = None
    at: datetime | None = None


def write_cassette(path: Path, recordings: Iterable[Recording]) -> None:
    """Write a cassette; the same recordings give the same bytes."""
    pairs = [(_request(recording), _response(recording)) for recording in recordings]
    cassette = {"requests": [request for request, _ in pairs], "responses": [response for _, response in pairs]}
    data = serialize(cassette, yamlserializer).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)


def cassette_text(path: Path) -> str:
    """The YAML of a cassette, compressed or not, as vcrpy reads it."""
    data = path.read_bytes()
    return (gzip.decompress(data) if path.suffix == ".gz" else data).decode()


def read_cassette(path: Path) -> list[Recording]:
    """The recordings in a cassette; `ConfigError` names the file and what is wrong with it."""
    try:
        requests, responses = deserialize(cassette_text(path), yamlserializer)[:2]
        return [_recording(request, response) for request, response in zip(requests, responses, strict=True)]
    except (OSError, EOFError, zlib.error, UnicodeDecodeError) as error:
        raise ConfigError(f"The recordings in {path.name} cannot be read: {error}.") from error
    except (yaml.YAMLError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise ConfigError(f"{path.name} is no cassette of model calls: {error!r}. Record it again.") from error


def _request(recording: Recording) -> Request:
    headers = {"content-type": ["application/json"]}
    return Request("POST", MESSAGES_URI, canonical(recording.request), headers)


def _response(recording: Recording) -> dict[str, Any]:
    headers = {"content-type": ["application/json"], ORIGIN: [recording.origin.value]}
    if recording.seconds is not None:
        headers[SECONDS] = [f"{recording.seconds:.3f}"]
    if recording.at is not None:
        headers["date"] = [format_datetime(recording.at.astimezone(UTC), usegmt=True)]
    return {
        "status": {"code": 200, "message": "OK"},
        "headers": headers,
        "body": {"string": json.dumps(recording.reply, ensure_ascii=False)},
    }


def _recording(request: Request, response: Mapping[str, Any]) -> Recording:
    headers = {str(name).lower(): values[0] for name, values in response["headers"].items()}
    if response["status"]["code"] != 200:
        raise ValueError(f"status {response['status']['code']} is no answer")
    sent, reply = json.loads(request.body), json.loads(response["body"]["string"])
    if not isinstance(sent, dict) or not isinstance(reply, dict):
        raise TypeError("a body is no JSON object")
    return Recording(
        request=sent,
        reply=reply,
        origin=Origin(headers[ORIGIN]),
        seconds=float(headers[SECONDS]) if SECONDS in headers else None,
        at=_instant(headers["date"]) if "date" in headers else None,
    )


def _instant(text: str) -> datetime:
    """A `date` header; `-0000` says UTC without a local time (RFC 5322, 3.3) and is read as naive."""
    at = parsedate_to_datetime(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at
