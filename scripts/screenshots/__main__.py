"""`python -m scripts.screenshots [NAME …]`: photograph the page with the demo checkpoint into docs/images/editor.

It starts a server in a folder of its own, fills its history and its saved workflows, and takes every picture in light
and dark. It needs Chromium and the packages of requirements-test.txt.
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from scripts.screenshots.scenes import SCENES, Scene, fill, stop_all
from tests.web.editor.conftest import CHROMIUM_FLAGS, ROOT, ServerProcess, find_chromium

TARGET = ROOT / "docs" / "images" / "editor"
README_PICTURE = ROOT / "docs" / "images" / "editor.webp"
SHOWN_IN_README = "page-dark"
SCHEMES = ("dark", "light")
QUALITY = 80
SHIPPED = ("models/checkpoints/skein-emoji.safetensors", "models/loras/skein-night.safetensors", "input/example.png")


def main(names: list[str]) -> None:
    """Take the named pictures, all where none is named."""
    TARGET.mkdir(parents=True, exist_ok=True)
    chosen = {name: scene for name, scene in SCENES.items() if not names or name in names}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = ServerProcess(Path(folder), "main.py")
        bring(server.folder)
        server.start()
        browser = playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_FLAGS)
        try:
            fill(browser, server)
            failed = [
                name
                for name, scene in chosen.items()
                for scheme in SCHEMES
                if not take(browser, server.url, name, scene, scheme)
            ]
        finally:
            browser.close()
            server.stop()
    if failed:
        sys.exit(f"Not taken: {', '.join(failed)}")


def bring(folder: Path) -> None:
    """Copy what ships into the server's folder."""
    for name in SHIPPED:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)


def take(browser: Browser, url: str, name: str, scene: Scene, scheme: str) -> bool:
    """Take one picture; a scene that does not come about is said and passed over."""
    try:
        write(f"{name}-{scheme}", photograph(browser, url, scene, scheme))
    except (PlaywrightError, AssertionError) as error:
        print(f"{name}-{scheme}: {str(error).strip().splitlines()[0]}", flush=True)
        return False
    finally:
        stop_all(url)
    return True


def photograph(browser: Browser, url: str, scene: Scene, scheme: str) -> Image.Image:
    """The page as a scene sets it, in one colour scheme."""
    width, height = scene.size
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        has_touch=scene.is_phone,
        device_scale_factor=2 if scene.is_phone else 1,
        reduced_motion="reduce",
        locale="en-GB",
    )
    page = context.new_page()
    try:
        scene.set(page, url)
        return shown(page)
    finally:
        context.close()


def shown(page: Page) -> Image.Image:
    """The page once its pictures are there."""
    page.wait_for_function("() => [...document.images].every((image) => image.complete || image.loading === 'lazy')")
    page.wait_for_timeout(400)
    return Image.open(io.BytesIO(page.screenshot(animations="disabled"))).convert("RGB")


def write(name: str, picture: Image.Image) -> None:
    """Keep a picture, and the README's one beside the folder."""
    picture.save(TARGET / f"{name}.webp", quality=QUALITY, method=6)
    if name == SHOWN_IN_README:
        picture.save(README_PICTURE, quality=QUALITY, method=6)
    print(name, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
