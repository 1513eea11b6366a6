"""What is sent for many modules does the same as the modules, each of which exists once."""

import shutil
import subprocess
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

from web.server.modules import read_module
from web.server.page import EDITOR
from web.server.together import LATER, SCRIPTS, TOGETHER, Together

MODULES = {
    "main.js": """
        import { counted, name as called } from "./rooms/counting.js";
        import { preload } from "./preload.js";
        import {
          Box,
          SIZE,
        } from "./box.js";
        await Promise.resolve();
        const { counted: again } = await import("./rooms/counting.js");
        const { later } = await import("./rooms/later.js");
        const { twice } = await import("./rooms/twice.js");
        await preload();
        const { last } = await import("./rooms/last.js");
        const told = [counted(), again(), later(), called, new Box().size, SIZE];
        console.log([...told, await new Box().far(), twice(4), await last()].join(" "));
    """,
    "preload.js": """
        const LATER = [() => import("./rooms/later.js"), () => import("./rooms/last.js")];
        export async function preload() { for (const load of LATER) await load(); }
    """,
    "box.js": """
        import { count as howMany } from "./rooms/counting.js";
        // What a box is.
        export const SIZE = 3;
        /** A box. */
        export class Box {
          get size() { return SIZE + howMany(); }
          async far() { return (await import("./rooms/place.js")).place(); }
        }
    """,
    "rooms/counting.js": """
        import { place } from "./place.js";
        let seen = 0;
        export function counted() { return (seen += 1); }
        export function count() { return seen; }
        export const name = place().split("/").at(-1);
    """,
    "rooms/place.js": """
        export function place() { return import.meta.url.split("/").slice(-2).join("/"); }
    """,
    "rooms/later.js": """
        import { counted } from "./counting.js";
        import { twice } from "./twice.js";
        export function later() { return twice(counted()); }
    """,
    "rooms/twice.js": """
        let asked = 0;
        export function twice(value) { asked += 1; return 2 * value + 100 * asked; }
    """,
    "rooms/last.js": """
        import { Box } from "../box.js";
        import { later } from "./later.js";
        export async function last() { return (await import("./twice.js")).twice(later() + new Box().size); }
    """,
}


def write(folder: Path, texts: dict[str, str]) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join(line.removeprefix(" " * 8) for line in text.splitlines()), encoding="utf-8")


def sent(folder: Path, target: Path) -> None:
    """Write what is sent for every script of a folder to another."""
    together = Together(folder)
    for name in [*SCRIPTS, *names_below(folder)]:
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(together.find(name).write())
    (target / "package.json").write_text('{"type": "module"}', encoding="utf-8")


def run(folder: Path, *arguments: str) -> str:
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    return subprocess.run([node, *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


def test_what_is_sent_runs_as_the_modules_on_disk_do(tmp_path: Path) -> None:
    write(tmp_path / "disk", MODULES)
    (tmp_path / "disk" / "package.json").write_text('{"type": "module"}', encoding="utf-8")
    sent(tmp_path / "disk", tmp_path / "sent")
    expected = run(tmp_path / "disk", "main.js")
    assert expected == "1 2 106 place.js 6 3 rooms/place.js 208 1030"
    assert run(tmp_path / "sent", "main.js") == expected
    assert "function twice" in (tmp_path / "sent" / LATER).read_text(encoding="utf-8")
    assert "function twice" not in (tmp_path / "sent" / "rooms" / "twice.js").read_text(encoding="utf-8")
    assert "howMany" in (tmp_path / "sent" / TOGETHER).read_text(encoding="utf-8")
    assert "howMany" not in (tmp_path / "sent" / "box.js").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "changed",
    [
        {"box.js": "export let SIZE = 3; export class Box {}"},
        {"box.js": "export default class Box {}"},
        {"box.js": 'import * as place from "./rooms/place.js";\nexport const SIZE = 1;'},
        {"rooms/place.js": 'import { SIZE } from "../box.js";\nexport const place = () => SIZE;'},
        {"box.js": 'import { gone } from "./gone.js";'},
    ],
    ids=["one that changes what it offers", "a default", "a whole module", "a circle", "one that is not there"],
)
def test_modules_that_cannot_be_put_together_are_sent_one_by_one(tmp_path: Path, changed: dict[str, str]) -> None:
    write(tmp_path, MODULES | changed)
    together = Together(tmp_path)
    assert together.find(TOGETHER).write().startswith(b"export const modules = {};")
    assert b'from "./box.js"' in together.find("main.js").write()
    assert b'import("./rooms/later.js")' in together.find("main.js").write()


def test_an_error_in_what_is_sent_is_placed_in_the_module_on_disk(tmp_path: Path) -> None:
    broken = """
        // A remark.
        /**
         * What fails.
         */
        import {
          SIZE,
        } from "../box.js";
        export function later() {
          throw new Error(`no luck ${SIZE}`);
        }
    """
    texts = MODULES | {"rooms/later.js": broken}
    texts["main.js"] = (
        'import { preload } from "./preload.js";\n(await import("./rooms/later.js")).later();\npreload();\n'
    )
    texts["rooms/last.js"] = "export function last() {}"
    write(tmp_path, texts)
    sent(tmp_path, tmp_path / "sent")
    together = Together(tmp_path)
    for name in SCRIPTS:
        (tmp_path / "sent" / f"{name}.map").write_bytes(together.find(f"{name}.map").write())
    node = shutil.which("node")
    if node is None:
        pytest.skip("Node is not installed")
    command = [node, "--enable-source-maps", "main.js"]
    failed = subprocess.run(command, cwd=tmp_path / "sent", capture_output=True, text=True, check=False).stderr
    line = 1 + next(number for number, text in enumerate(broken.splitlines()) if "throw" in text)
    assert "no luck 3" in failed
    assert f"rooms/later.js:{line}:" in failed


def test_a_later_module_that_cannot_be_put_together_leaves_the_first_script_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, MODULES | {"rooms/last.js": "export let last = 3;"})
    together = Together(tmp_path)
    assert b'"box.js": $' in together.find(TOGETHER).write()
    assert b"export const modules = {};" in together.find(LATER).write()
    assert b'import("./rooms/later.js")' in together.find("main.js").write()


def test_a_module_that_was_changed_is_sent_anew(tmp_path: Path) -> None:
    write(tmp_path, MODULES)
    together = Together(tmp_path)
    before = {name: together.find(name).version for name in (TOGETHER, "box.js", "rooms/later.js")}
    assert before == {name: together.find(name).version for name in before}
    write(tmp_path, {"box.js": MODULES["box.js"].replace("SIZE = 3", "SIZE = 30")})
    assert all(together.find(name).version != version for name, version in before.items())
    assert b"SIZE = 30" in together.find(TOGETHER).write()


def test_the_editors_own_modules_are_put_together_and_none_needs_itself(tmp_path: Path) -> None:
    together = Together(EDITOR)
    for name, held in ((TOGETHER, b'"view/stage.js": $'), (LATER, b'"panels/palette.js": $')):
        script = tmp_path / f"{name}.mjs"
        script.write_bytes(together.find(name).write())
        run(tmp_path, "--check", script.name)
        assert held in script.read_bytes()
    imports = {name: read_module(EDITOR, name).imports for name in names_below(EDITOR)}
    TopologicalSorter(imports).prepare()  # Raises where there is a circle.


def test_all_that_the_editor_fetches_later_is_sent_in_the_script_for_later() -> None:
    asked = {needed for name in names_below(EDITOR) for needed in read_module(EDITOR, name).later_imports}
    # Only where the language is German, or a pack has scripts.
    by_themselves = {name for name in asked if name.startswith(("texts/german", "compat/"))}
    assert asked - by_themselves == set(read_module(EDITOR, "preload.js").later_imports)


def names_below(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in folder.rglob("*.js")]
