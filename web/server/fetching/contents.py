"""Whether what arrives is a model: told by its first bytes, before it gets a model's name."""

from collections.abc import Mapping

LONGEST_HEADER = 100 * 2**20
HEAD = 512
ZIP, GGUF, PICKLE, ONNX = b"PK\x03\x04", b"GGUF", b"\x80", b"\x08"
SAFETENSORS = "safetensors"
PAGES = (b"<!", b"<html", b"<head", b"<?xml", b"<script", b"<body")
POINTER = b"version https://git-lfs"

# ending -> what a file of it may begin with
FORMATS: Mapping[str, tuple[str | bytes, ...]] = {
    ".safetensors": (SAFETENSORS,),
    ".sft": (SAFETENSORS,),
    ".ckpt": (SAFETENSORS, ZIP),
    ".pt": (SAFETENSORS, ZIP),
    ".pt2": (ZIP,),
    ".pth": (SAFETENSORS, ZIP),
    ".bin": (SAFETENSORS, ZIP),
    ".gguf": (GGUF,),
    ".onnx": (ONNX,),
}

A_PAGE = "A web page came in place of the model"


def wrong_content(head: bytes, ending: str) -> str:
    """Why a file that begins so is no model of this ending; "" where it is one."""
    if any(_begins(head, start) for start in FORMATS[ending]):
        return ""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(PAGES):
        return A_PAGE
    if text.startswith(POINTER):
        return "A Git LFS pointer came in place of the model: take the address that the site offers for downloads"
    if head.startswith(PICKLE):
        return "The file is a bare pickle, a format that can run code when read: fetch the model as .safetensors"
    if text.startswith((b"{", b"[")):
        return f"A message of the site came in place of the model: {text[:200].decode('utf-8', 'replace')}"
    return f"What came is no {ending} file"


def claimed_size(head: bytes) -> int:
    """How many bytes a safetensors file that begins so has at least; 0 for other files."""
    return 8 + int.from_bytes(head[:8], "little") if _begins(head, SAFETENSORS) else 0


def _begins(head: bytes, start: str | bytes) -> bool:
    if isinstance(start, bytes):
        return head.startswith(start)
    return head[8:9] == b"{" and 2 <= int.from_bytes(head[:8], "little") <= LONGEST_HEADER
