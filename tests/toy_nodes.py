"""Nodes without torch, for tests of the engine and the server."""

import os
import signal
import time
from typing import Any

from execution import progress

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c63f8ffff3f0005fe02fe"
    "a7359d810000000049454e44ae426082"
)
"""A PNG of one pixel."""


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
            time.sleep(seconds)
            progress.current().update(step + 1, steps, PIXEL)
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
    """Ends its worker by a signal."""

    RETURN_TYPES = ("IMAGE",)
    FUNCTION = "die"
    CATEGORY = "toy"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        return {"required": {"image": ("IMAGE",)}}

    def die(self, image: Any) -> tuple[Any]:
        os.kill(os.getpid(), signal.SIGKILL)
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


def load_nodes(options: Any = None) -> dict[str, type]:
    """What a worker of the tests loads."""
    toys = (EmptyImage, ImageInvert, PreviewImage, Slow, Showy, Stuck, Deadly, Failing, Journal)
    return {cls.__name__: cls for cls in toys}


def device_stats() -> list[dict[str, Any]]:
    """A device as `/system_stats` shows it."""
    sizes = dict.fromkeys(("vram_total", "vram_free", "torch_vram_total", "torch_vram_free"), 2**30)
    return [{"name": "toy", "type": "cpu", "index": None, **sizes}]
