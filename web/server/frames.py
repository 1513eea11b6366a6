"""Websocket frames as clients read them."""

import struct
from dataclasses import dataclass
from typing import Any

from execution.events import Event, Preview
from execution.messages import PackMessage
from execution.plain import to_json
from web.server.fetching.fetches import Fetch

PREVIEW_IMAGE = 1
PREVIEW_IMAGE_WITH_METADATA = 4
TEXT, BINARY, PONG = 0x81, 0x82, 0x8A  # Whole messages of their kind (RFC 6455, section 5.2).
IMAGE_FORMATS = {"image/jpeg": 1, "image/png": 2}


@dataclass(frozen=True)
class Frame:
    """One message as it travels. A waiting frame with the same `topic` is out of date once this one comes."""

    wire: bytes
    topic: str | None = None
    is_preview: bool = False


def text_frame(kind: str, body: Any, topic: str | None = None) -> Frame:
    """A text message. Some clients tell text from pictures by the first bytes, so `type` comes first."""
    return Frame(encode(TEXT, f'{{"type":"{kind}","data":{to_json(body)}}}'.encode()), topic)


def event_frame(event: Event) -> Frame:
    """An event as a text message."""
    topic = f"state {event.prompt_id}" if event.type == "progress_state" else None
    return text_frame(event.type, event.wire(), topic)


def status_frame(remaining: int, sid: str | None = None, trouble: str = "") -> Frame:
    """How many prompts wait or run; to a newcomer also the id it is known by; and why they cannot be worked off."""
    status: dict[str, Any] = {"exec_info": {"queue_remaining": remaining}}
    body: dict[str, Any] = {"status": {**status, "trouble": trouble} if trouble else status}
    return text_frame("status", {**body, "sid": sid} if sid is not None else body)


def fetch_frame(fetch: Fetch) -> Frame:
    """How a model that is fetched comes along."""
    return text_frame("model_fetch", fetch.wire(), f"model fetch {fetch.id}")


def message_frame(message: PackMessage) -> Frame:
    """What a pack says."""
    if isinstance(message.content, bytes):
        return Frame(encode(BINARY, message.content))
    return Frame(encode(TEXT, f'{{"type":{to_json(message.event)},"data":{message.content}}}'.encode()))


def preview_frame(preview: Preview, with_metadata: bool) -> Frame:
    """A picture of work in progress, in the form that the client has asked for."""
    topic = f"preview {preview.prompt_id} {preview.node}"
    if with_metadata:
        header = to_json(preview.wire()).encode()
        start = struct.pack(">II", PREVIEW_IMAGE_WITH_METADATA, len(header)) + header
    else:
        start = struct.pack(">II", PREVIEW_IMAGE, IMAGE_FORMATS.get(preview.mime, 1))
    return Frame(encode(BINARY, start + preview.image), topic, is_preview=True)


def encode(kind: int, body: bytes) -> bytes:
    """A message as one websocket frame, uncompressed and, from a server, unmasked."""
    length = len(body)
    if length < 126:
        return bytes((kind, length)) + body
    if length < 2**16:
        return struct.pack(">BBH", kind, 126, length) + body
    return struct.pack(">BBQ", kind, 127, length) + body
