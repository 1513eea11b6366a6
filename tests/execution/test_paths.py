"""Names from outside resolve inside their folder or not at all."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from execution import paths
from execution.errors import PathError
from execution.paths import PathOptions, Paths, atomic_write, safe_relative, split_annotation


@pytest.fixture
def here(tmp_path: Path) -> Paths:
    return Paths(PathOptions(base_directory=tmp_path))


@pytest.mark.parametrize(
    "name",
    [
        "", " ", ".", "..", "../x", "a/../../x", "a/..", "/etc/passwd", "\\\\server\\share\\x", "//server/x", "C:x",
        "C:\\x", "c:/x", "x.png:stream", "a\x00b", "a\nb", "~/x", "~root/x", "..\\x", "a\\..\\..\\x", "con", "NUL.png",
        "a/com1.txt", "x.png.", "x ", "a /b", "...", "\\x", "LPT9",
        "a" * 256, "ä" * 128 + "/x.png", "\ud800.png",
    ],
)  # fmt: skip
@pytest.mark.parametrize("base", ["input", "output", "temp", "user", "loras"])
def test_a_name_that_some_system_reads_as_leading_out_is_refused(here: Paths, base: str, name: str) -> None:
    with pytest.raises(PathError):
        here.resolve(base, name)


def test_a_subfolder_is_checked_like_a_name(here: Paths) -> None:
    assert here.resolve("output", "x.png", "a/b") == here.output / "a" / "b" / "x.png"
    for subfolder, name in (("..", "x"), ("/etc", "passwd"), ("a", "/etc/passwd"), ("a", "../../x")):
        with pytest.raises(PathError):
            here.resolve("output", name, subfolder)


def test_a_link_that_leads_out_of_a_base_folder_is_refused(here: Paths, tmp_path: Path) -> None:
    here.input.mkdir()
    (tmp_path / "secret.png").write_text("secret")
    (here.input / "link.png").symlink_to(tmp_path / "secret.png")
    (here.input / "folder").symlink_to(tmp_path)
    (here.input / "fine.png").symlink_to(here.input / "real.png")
    for name in ("link.png", "folder/secret.png"):
        with pytest.raises(PathError):
            here.resolve("input", name)
    assert here.resolve("input", "fine.png") == here.input / "real.png"


def test_a_base_folder_may_itself_be_a_link(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "output").symlink_to(tmp_path / "disk")
    assert Paths(PathOptions(base_directory=tmp_path)).resolve("output", "x.png") == tmp_path / "disk" / "x.png"


def test_models_may_be_links_to_other_disks_but_need_a_known_extension(here: Paths, tmp_path: Path) -> None:
    loras = here.models / "loras"
    loras.mkdir(parents=True)
    (tmp_path / "elsewhere.safetensors").write_bytes(b"x")
    (loras / "a.safetensors").symlink_to(tmp_path / "elsewhere.safetensors")
    assert here.full_path("loras", "a.safetensors") == loras / "a.safetensors"
    with pytest.raises(PathError, match="not a file of the kind"):
        here.resolve("loras", "a.py")
    with pytest.raises(PathError, match="Put the file into"):
        here.full_path("loras", "b.safetensors")
    with pytest.raises(PathError, match="no kind of model"):
        here.resolve("nonsense", "b.safetensors")


def test_a_file_in_the_second_folder_of_a_kind_is_found(here: Paths) -> None:
    folder = here.models / "clip" / "sub"
    folder.mkdir(parents=True)
    (folder / "t5.safetensors").write_bytes(b"")
    assert here.full_path("text_encoders", "sub/t5.safetensors") == folder / "t5.safetensors"
    assert here.full_path("clip", "sub\\t5.safetensors") == folder / "t5.safetensors"


def test_listing_is_sorted_recursive_filtered_and_sees_new_files(here: Paths) -> None:
    folder = here.models / "checkpoints"
    (folder / "sub").mkdir(parents=True)
    for name in ("b.safetensors", "sub/a.CKPT", "notes.txt"):
        (folder / name).write_bytes(b"")
    (folder / "loop").symlink_to(folder)
    assert here.list_files("checkpoints") == ["b.safetensors", "sub/a.CKPT"]
    (folder / "sub" / "c.pt").write_bytes(b"")
    os.utime(folder / "sub", ns=(1, 1))
    assert here.list_files("checkpoints") == ["b.safetensors", "sub/a.CKPT", "sub/c.pt"]
    (folder / "d.ckpt").unlink(missing_ok=True)
    assert here.list_files("loras") == []


def test_extra_model_paths_add_folders_and_defaults_come_first(tmp_path: Path) -> None:
    (tmp_path / "extra_model_paths.yaml").write_text(
        "mine:\n  base_path: other\n  is_default: true\n  checkpoints: models/sd\n  clip: |\n    a\n    b\n"
        "packs:\n  strange: /abs/strange\n"
    )
    here = Paths(PathOptions(base_directory=tmp_path))
    assert here.kind_folders("checkpoints")[0] == tmp_path / "other" / "models" / "sd"
    assert {tmp_path / "other" / "a", tmp_path / "other" / "b"} < set(here.kind_folders("text_encoders"))
    assert here.kind_folders("strange") == [Path("/abs/strange")]


def test_a_broken_model_paths_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "extra_model_paths.yaml").write_text("a: [")
    with pytest.raises(PathError, match=r"extra_model_paths\.yaml"):
        Paths(PathOptions(base_directory=tmp_path))


def test_annotated_names() -> None:
    assert split_annotation("x.png") == ("x.png", "input")
    assert split_annotation("sub/x.png [output]") == ("sub/x.png", "output")
    assert split_annotation("x.png [temp]", "output") == ("x.png", "temp")
    assert split_annotation("x [other].png") == ("x [other].png", "input")


def test_new_files_count_on_from_files_and_from_each_other(here: Paths) -> None:
    (here.output / "a").mkdir(parents=True)
    (here.output / "a" / "pic_00007_.png").write_bytes(b"")
    first = here.new_files("a/pic", here.output, count=3)
    assert (first.folder, first.subfolder) == (here.output / "a", "a")
    assert first.filenames == tuple(f"pic_{number:05}_.png" for number in (8, 9, 10))
    assert here.new_files("a/pic", here.output).filename == "pic_00011_.png"


def test_new_files_go_on_without_reading_the_folder_again(here: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    here.output.mkdir(exist_ok=True)
    (here.output / "pic_00007_.png").touch()
    assert here.new_files("pic", here.output).filename == "pic_00008_.png"
    monkeypatch.setattr("execution.paths.last_counter", lambda *_: pytest.fail("the folder was read"))
    assert here.new_files("pic", here.output, count=2).filenames == ("pic_00009_.png", "pic_00010_.png")


def test_new_files_see_what_others_have_written_meanwhile(here: Paths) -> None:
    assert here.new_files("pic", here.output).filename == "pic_00001_.png"
    for number in (2, 3, 4):
        (here.output / f"pic_0000{number}_.png").touch()
    assert here.new_files("pic", here.output).filename == "pic_00005_.png"


def test_packs_number_files_after_those_that_are_there_or_claimed(here: Paths) -> None:
    assert here.new_files("pic", here.output, count=2).filenames[-1] == "pic_00002_.png"
    (here.output / "pic_00004_.jpg").touch()
    assert [here.save_name("pic", here.output).counter for _ in range(2)] == [5, 6]


def test_save_names_expand_sizes_and_dates_and_stay_inside(here: Paths) -> None:
    target = here.save_name("%width%x%height%_%date:yyyy%", here.output, 64, 32)
    assert target.name.startswith("64x32_20")
    assert len(here.save_name("%year%-%month%-%day%", here.output).name) == 10
    assert here.save_name("%date%", here.output).name == here.save_name("%date:yyyy-MM-dd%", here.output).name
    for prefix in ("../x", "/x", "a/../../x", "x\x00", "C:\\x", "c:/x", "C:x"):
        with pytest.raises(PathError):
            here.save_name(prefix, here.output)


def test_a_file_that_fails_half_way_is_never_seen(tmp_path: Path) -> None:
    target = tmp_path / "sub" / "x.bin"
    with pytest.raises(TypeError), atomic_write(target) as file:
        file.write(b"half" + None)  # type: ignore[operator]
    assert os.listdir(target.parent) == []
    with atomic_write(target) as file:
        file.write(b"whole")
    assert target.read_bytes() == b"whole"
    assert os.listdir(target.parent) == ["x.bin"]


def test_the_process_has_one_set_of_paths(tmp_path: Path) -> None:
    before = paths.current()
    try:
        assert paths.configure(PathOptions(base_directory=tmp_path)) is paths.current()
    finally:
        paths._installed = before


@given(st.text(alphabet=st.sampled_from(list("ab./\\:~ \x00[]CNU")), max_size=12))
def test_every_name_stays_inside_or_is_refused(name: str) -> None:
    root = Path("/somewhere/root")
    try:
        relative = safe_relative(name)
    except PathError:
        return
    assert root in Path(os.path.normpath(root / relative)).parents


def test_a_new_model_goes_into_the_folder_called_like_its_kind_unless_another_is_searched_first(
    here: Paths, tmp_path: Path
) -> None:
    for kind, folder in (("diffusion_models", "diffusion_models"), ("clip", "text_encoders"), ("loras", "loras")):
        assert here.new_model(kind, "people/x.safetensors") == here.models / folder / "people" / "x.safetensors"
    here.add_model_folder("loras", tmp_path / "disk", first=True)
    assert here.new_model("loras", "x.safetensors") == tmp_path / "disk" / "x.safetensors"
