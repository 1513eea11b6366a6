"""Pictures that packs show while they work, as (format, Pillow image, longest side)."""

import io
from typing import Any

QUALITY = 95


def encoded(preview: Any) -> bytes | None:
    """The picture as JPEG or PNG, no side longer than asked; None for what is no picture."""
    if not isinstance(preview, (tuple, list)) or len(preview) < 2 or not hasattr(preview[1], "save"):
        return None
    kind, picture = "PNG" if str(preview[0]).upper() == "PNG" else "JPEG", preview[1]
    longest = preview[2] if len(preview) > 2 else None
    if longest is not None and max(picture.size) > longest:
        picture = picture.copy()
        picture.thumbnail((longest, longest))
    if kind == "JPEG" and picture.mode not in ("RGB", "L"):
        picture = picture.convert("RGB")
    target = io.BytesIO()
    picture.save(target, kind, quality=QUALITY)
    return target.getvalue()
