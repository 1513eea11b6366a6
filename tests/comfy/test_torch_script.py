"""TorchScript archives: their tensors are read, their code is not run."""

import shutil
import zipfile
from pathlib import Path

import pytest
import torch

from comfy.errors import ModelFileError, UnsafeFileError
from comfy.state_dict import read_state_dict


class Inner(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.convolution = torch.nn.Conv2d(3, 4, 3)
        self.norm = torch.nn.BatchNorm2d(4)
        self.sizes = [1, 2]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.norm(self.convolution(x))


class Outer(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.model = torch.nn.Sequential(Inner(), torch.nn.ReLU())
        self.factor = torch.nn.Parameter(torch.ones(2, 4).half().t())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.model(x) * self.factor.sum()


pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit:DeprecationWarning")


@pytest.fixture(params=["scripted", "traced"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    module = Outer().eval()
    is_scripted = request.param == "scripted"
    made = torch.jit.script(module) if is_scripted else torch.jit.trace(module, torch.rand(1, 3, 8, 8))
    made.save(str(tmp_path / "lama.pt"))
    return tmp_path / "lama.pt"


def test_the_tensors_are_those_that_torch_reads(archive: Path) -> None:
    expected = torch.jit.load(str(archive)).state_dict()
    found = read_state_dict(archive)
    assert set(found) == set(expected)
    for name, tensor in expected.items():
        assert found[name].dtype == tensor.dtype
        assert torch.equal(found[name], tensor), name


def with_data(archive: Path, data: bytes) -> Path:
    """The archive with another pickle in it."""
    changed = archive.with_name("changed.pt")
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            new.writestr(name, data if name.endswith("/data.pkl") else old.read(name))
    return changed


def test_a_pickle_that_asks_for_other_things_is_refused(archive: Path) -> None:
    changed = with_data(archive, b"cos\nsystem\n(S'true'\ntR.")
    with pytest.raises(UnsafeFileError, match=r"changed\.pt holds more than tensors"):
        read_state_dict(changed)


@pytest.mark.parametrize("data", [b"", b".", b"\x80\x02N.", b"ctorch\nFloatStorage\n(tR.", b"\x80\x02(K\x01tQ."])
def test_a_damaged_pickle_is_named_or_holds_nothing(archive: Path, data: bytes) -> None:
    try:
        assert read_state_dict(with_data(archive, data)) == {}
    except ModelFileError as error:
        assert "changed.pt" in str(error)  # noqa: PT017 - an empty answer is right too


def test_an_archive_that_was_cut_off_is_named(archive: Path) -> None:
    cut = archive.with_name("cut.pt")
    shutil.copy(archive, cut)
    cut.write_bytes(cut.read_bytes()[:2000])
    with pytest.raises(ModelFileError, match=r"cut\.pt"):
        read_state_dict(cut)
