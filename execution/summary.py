"""What lists show of a prompt: whose workflow it is; once it has ended its outputs, its picture, and why it failed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_NAME = 200
PREVIEWED = ("images", "video", "gifs", "audio", "3d")


@dataclass(frozen=True)
class _Output:
    node_id: str
    media_type: str
    item: Mapping[str, Any]


def summarise(
    outputs: Mapping[str, Mapping[str, Any]], extra_data: Mapping[str, Any], error: Mapping[str, Any] | None
) -> dict[str, Any]:
    """The part of a job's description that follows from what it made.

    `outputs` is `{node_id: ui output}`, `error` the data of an `execution_error` message.
    """
    files = list(_files(outputs))
    previewable = [output for output in files if output.media_type in PREVIEWED]
    chosen = _choose(previewable)
    return {
        "outputs_count": len(files),
        "previewable_outputs_count": len(previewable),
        **({"preview_output": _preview(chosen)} if chosen else {}),
        **({"execution_error": dict(error)} if error else {}),
        **origin(extra_data),
    }


def _files(outputs: Mapping[str, Mapping[str, Any]]) -> Iterator[_Output]:
    for node_id, output in outputs.items():
        for media_type, items in output.items():
            if isinstance(items, list):
                for item in items:
                    if isinstance(item, Mapping) and isinstance(item.get("filename"), str):
                        yield _Output(node_id, media_type, item)


def _choose(previewable: list[_Output]) -> _Output | None:
    """A picture that was saved stands for a prompt rather than one only shown; the last is closest to the end."""
    saved = [output for output in previewable if output.item.get("type") == "output"]
    candidates = saved or previewable
    return candidates[-1] if candidates else None


def _preview(output: _Output) -> dict[str, Any]:
    item = output.item
    return {
        "filename": item["filename"],
        "subfolder": str(item.get("subfolder", "")),
        "type": str(item.get("type", "output")),
        "nodeId": output.node_id,
        "mediaType": output.media_type,
    }


def origin(extra_data: Mapping[str, Any]) -> dict[str, Any]:
    """The id and the name of the workflow that a prompt was made of, as far as its sender told them."""
    png = extra_data.get("extra_pnginfo")
    workflow = png.get("workflow") if isinstance(png, Mapping) else None
    told = {
        "workflow_id": workflow.get("id") if isinstance(workflow, Mapping) else None,
        "workflow_name": extra_data.get("workflow_name"),
    }
    return {key: text[:LONGEST_NAME] for key, text in told.items() if isinstance(text, str)}
