"""Nodes without torch, for tests of the engine and the server."""

import hashlib
import logging
import os
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from execution import paths, progress

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fe"
    "a7359d810000000049454e44ae426082"
)
"""A PNG of one pixel."""
SLICE = 0.01
"""How long toys wait at once, in seconds, before they look whether they were cancelled."""


class EmptyImage:
    """Makes a picture of one colour."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "make"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        size = ("INT", {"default": 64, "min": 1, "max": 16384})
        colour = ("INT", {"default": 0, "min": 0, "max": 0xFFFFFF})
        return {"required": {"width": size, "height": size, "batch_size": size, "color": colour}}

    def make(self, width: int, height: int, batch_size: int, color: int) -> tuple[Any]:
        return ((width, height, batch_size, color),)


class Seeded:
    """Makes a picture whose colour is a seed."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "make"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"seed": ("INT", {"default": 0, "min": 0, "max": 2**64 - 1})}}

    def make(self, seed: int) -> tuple[Any]:
        return ((64, 64, 1, seed % 0x1000000),)


class ImageInvert:
    """Inverts a picture."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "invert"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"image": ("IMAGE",)}}

    def invert(self, image: Any) -> tuple[Any]:
        return ((*image[:3], 0xFFFFFF - image[3]),)


class PreviewImage:
    """Shows a picture; writes no file."""

    RETURN_TYPES = ()
    FUNCTION = "show"
    CATEGORY = "toy"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"images": ("IMAGE",)}}

    def show(self, images: Any) -> dict[str, Any]:
        name = f"toy_{'_'.join(map(str, images))}.png"
        return {"ui": {"images": [{"filename": name, "subfolder": "", "type": "temp"}]}}


class Slow:
    """Takes steps of a while each, with a preview at every one; can be cancelled between them."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "work"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        times = {"steps": ("INT", {"default": 10}), "seconds": ("FLOAT", {"default": 0.05})}
        return {"required": {"image": ("IMAGE",), **times}}

    def work(self, image: Any, steps: int, seconds: float) -> tuple[Any]:
        for step in range(steps):
            wait_until(time.monotonic() + seconds)
            progress.current().update(step + 1, steps, PIXEL)
        return (image,)


def wait_until(end: float) -> None:
    """Wait for a moment of the monotonic clock, or until the prompt is cancelled."""
    while (left := end - time.monotonic()) > 0:
        progress.current().check_cancelled()
        time.sleep(min(left, SLICE))


class Gated:
    """Shows a preview, and passes its picture on once a file is there, so that a test says when; can be cancelled."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "wait"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"image": ("IMAGE",), "gate": ("STRING", {})}}

    def wait(self, image: Any, gate: str) -> tuple[Any]:
        progress.current().update(1, 2, PIXEL)
        while not os.path.exists(gate):
            progress.current().check_cancelled()
            time.sleep(SLICE)
        return (image,)


class Showy:
    """Shows a big preview at every step, which begins with the number of the step."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "work"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"image": ("IMAGE",), "steps": ("INT", {}), "size": ("INT", {}), "seconds": ("FLOAT", {})}}

    def work(self, image: Any, steps: int, size: int, seconds: float) -> tuple[Any]:
        for step in range(steps):
            time.sleep(seconds)
            progress.current().update(step + 1, steps, PIXEL + step.to_bytes(4, "big") + bytes(size))
        return (image,)


class Stuck:
    """Never looks whether it was cancelled."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "work"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"image": ("IMAGE",), "seconds": ("FLOAT", {"default": 60.0})}}

    def work(self, image: Any, seconds: float) -> tuple[Any]:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.01)
        return (image,)


class Deadly:
    """Ends its worker as the system does when memory runs out."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "die"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"image": ("IMAGE",)}}

    def die(self, image: Any) -> tuple[Any]:
        psutil.Process().kill()
        return (image,)


class Failing:
    """Raises an error."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "fail"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"image": ("IMAGE",)}}

    def fail(self, image: Any) -> tuple[Any]:
        raise ValueError("toys break")


class Quitting(Deadly):
    """Ends its worker with a status of its own."""

    def die(self, image: Any) -> tuple[Any]:
        os._exit(3)


class Save:
    """Writes files as SaveImage does, off the compute thread; each ends in a digest of what is before."""

    RETURN_TYPES = ()
    FUNCTION = "save"
    CATEGORY = "toy"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"images": ("IMAGE",), "prefix": ("STRING", {}), "size": ("INT", {"default": 2**18})}}

    def save(self, images: Any, prefix: str, size: int) -> dict[str, Any]:
        file = paths.current().new_files(prefix, paths.current().output, ending="_.bin")
        progress.current().defer(partial(_write_whole, file.path, size))
        return {"ui": {"images": [{"filename": file.filename, "subfolder": file.subfolder, "type": "output"}]}}


PIECES = 8


def _write_whole(path: Path, size: int) -> None:
    """In pieces and with pauses, so that there are many moments to be killed in."""
    content = os.urandom(size)
    with paths.write_new_file(path) as file:
        for start in range(0, size, size // PIECES or 1):
            file.write(content[start : start + (size // PIECES or 1)])
            file.flush()
            time.sleep(0.002)
        file.write(hashlib.sha256(content).digest())


def is_whole(path: Path) -> bool:
    """Whether a file that `Save` wrote is all there."""
    content = path.read_bytes()
    return hashlib.sha256(content[:-32]).digest() == content[-32:]


class Journal:
    """Appends a line to a file once per run, so that a test can count runs."""

    RETURN_TYPES = ()
    FUNCTION = "write"
    CATEGORY = "toy"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"images": ("IMAGE",), "file": ("STRING", {}), "line": ("STRING", {})}}

    def write(self, images: Any, file: str, line: str) -> dict[str, Any]:
        with open(file, "a", encoding="utf-8") as target:
            target.write(line + "\n")
        return {"ui": {"text": [line]}}


class Talkative:
    """Prints and logs a text, and draws a progress bar as programs do that know only terminals."""

    RETURN_TYPES = ()
    FUNCTION = "talk"
    CATEGORY = "toy"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"text": ("STRING", {}), "lines": ("INT", {"default": 1})}}

    def talk(self, text: str, lines: int) -> dict[str, Any]:
        for number in range(lines):
            print(f"printed {text} {number}")
        logging.getLogger("toys").warning("logged %s", text)
        for percent in range(0, 101, 20):
            sys.stderr.write(f"\rbar {text} {percent}%")
        sys.stderr.write("\n")
        return {"ui": {"text": [text]}}


class OpenFile:
    """Takes the name of an uploaded picture, as LoadImage does."""

    RETURN_TYPES = ()
    FUNCTION = "open"
    CATEGORY = "toy"
    OUTPUT_NODE = True

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"image": (["listed.png"], {"image_upload": True})}}

    def open(self, image: str) -> dict[str, Any]:
        return {"ui": {"text": [paths.current().annotated(image).read_bytes().hex()]}}


def load_nodes(options: Any = None) -> dict[str, type]:
    """What a worker of the tests loads."""
    pictures = (EmptyImage, Seeded, ImageInvert, PreviewImage, Slow, Gated, Showy, Save, Journal)
    toys = (*pictures, Stuck, Deadly, Quitting, Failing, Talkative, OpenFile)
    return {cls.__name__: cls for cls in toys}


def load_with_packs(options: Any) -> dict[str, type]:
    """The same and the packs in custom_nodes."""
    from nodes.packs import load_packs

    nodes = load_nodes()
    for pack in load_packs(paths.current().kind_folders("custom_nodes"), options):
        nodes.update(pack.classes)
    return nodes


def load_and_die(options: Any = None) -> dict[str, type]:
    """A worker that never comes up."""
    os._exit(3)


def web_folders() -> dict[str, str]:
    """What packs give to the page, by pack; their nodes are not loaded."""
    folders = paths.current().kind_folders("custom_nodes")
    return {web.parent.name: str(web) for folder in folders for web in folder.glob("*/web")}


def device_stats() -> list[dict[str, Any]]:
    """A device as `/system_stats` shows it."""
    sizes = dict.fromkeys(("vram_total", "vram_free", "torch_vram_total", "torch_vram_free"), 2**30)
    return [{"name": "toy", "type": "cpu", "index": None, **sizes}]
