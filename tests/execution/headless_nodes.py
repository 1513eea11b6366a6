"""Nodes for tests of the command line: a sampler with a seed, and one that writes files."""

from typing import Any

from execution import paths, progress


class Sampler:
    """Counts its seed up, step by step."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "sample"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        seed = ("INT", {"default": 0, "min": 0, "max": 2**64 - 1, "control_after_generate": True})
        return {"required": {"seed": seed, "steps": ("INT", {"default": 2, "min": 1}), "name": ("STRING", {})}}

    def sample(self, seed: int, steps: int, name: str) -> tuple[str]:
        for step in range(steps):
            progress.current().update(step + 1, steps)
        return (f"{name}{seed}",)


class Save:
    """Writes what it is given into a text file."""

    RETURN_TYPES = ()
    FUNCTION = "save"
    OUTPUT_NODE = True
    DISPLAY_NAME = "Save Text"

    @classmethod
    def INPUT_TYPES(cls) -> dict[str, Any]:
        required = {"value": ("*", {}), "filename_prefix": ("STRING", {"default": "text"})}
        return {"required": required, "hidden": {"extra": "EXTRA_PNGINFO"}}

    def save(self, value: Any, filename_prefix: str, extra: Any) -> dict[str, Any]:
        target = paths.current().save_name(filename_prefix, paths.current().output)
        name = f"{target.name}_{target.counter:05}_.txt"
        seeds = [node["widgets_values"][0] for node in extra["workflow"]["nodes"][:1]] if extra else []

        def write() -> None:
            with paths.atomic_write(target.folder / name) as file:
                file.write(f"{value} {seeds}".encode())

        progress.current().defer(write)
        return {"ui": {"texts": [{"filename": name, "subfolder": target.subfolder, "type": "output"}]}}


class Fails:
    """Fails."""

    RETURN_TYPES = ("INT",)
    FUNCTION = "fail"
    INPUT_TYPES = staticmethod(dict)

    def fail(self) -> tuple[int]:
        raise ValueError("out of luck")


def load_nodes(options: Any = None) -> dict[str, type]:
    """What the command line loads in the tests."""
    return {"Sampler": Sampler, "Save": Save, "Fails": Fails}
