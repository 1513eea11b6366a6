"""Fetching a model: what it takes, goes on with, and refuses. No server, but a real site of models and real sockets."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from yarl import URL

from execution.errors import PathError
from execution.fetch_options import hash_problem
from execution.paths import PathOptions, Paths
from execution.usage import UsageError
from tests.web.server.model_site import HALF, MODEL, SIZE, ModelSite, model_site, safetensors
from web.server.fetching import transfer
from web.server.fetching.bring import bring, name_in, want
from web.server.fetching.contents import wrong_content
from web.server.fetching.hosts import ModelHosts, advice_for, direct, read_tokens
from web.server.fetching.partial import Partial
from web.server.fetching.refusals import FetchConflict, FetchFailed, HostRefused, Unwanted
from web.server.fetching.resolving import is_allowed
from web.server.fetching.transfer import Limits, Progress

NAME = "style.safetensors"
AT_ONCE = Limits(2**22, pauses=(0.0, 0.0))


@pytest.fixture
async def site() -> AsyncIterator[ModelSite]:
    async with model_site() as site:
        yield site


class House:
    """A folder of models, and fetching into it from one site."""

    def __init__(self, folder: Path, site: ModelSite, *hosts: str, tokens: dict[str, str] | None = None) -> None:
        self.site = site
        self.paths = Paths(PathOptions(base_directory=folder))
        self.hosts = ModelHosts((site.url, *hosts), tokens)
        self.told: list[Progress] = []
        self.target = folder / "models" / "loras" / NAME
        self.partial = Partial(self.target)

    async def fetch(self, way: str, name: str = NAME, sha256: str | None = None, limits: Limits = AT_ONCE) -> bytes:
        """What lies under the name afterwards."""
        wanted = want(self.paths, self.hosts, f"{self.site.url}/{way}", "loras", name, sha256)
        await bring(wanted, self.hosts, limits, self.paths.user / "fetching", self.tell)
        return wanted.target.read_bytes()

    def tell(self, progress: Progress, is_checking: bool) -> None:
        self.told.append(progress)

    def listed(self) -> list[str]:
        return self.paths.list_files("loras")

    def kept(self) -> list[Path]:
        """Every file below the models."""
        return [path for path in self.paths.models.rglob("*") if path.is_file()]


@pytest.fixture
def house(tmp_path: Path, site: ModelSite) -> House:
    return House(tmp_path, site)


async def test_a_model_comes_into_the_folder_of_its_kind_and_nothing_else_is_left(house: House) -> None:
    assert await house.fetch("whole/x.bin", sha256=hashlib.sha256(MODEL).hexdigest()) == MODEL
    assert house.listed() == [NAME]
    assert house.kept() == [house.target]
    assert house.told[0] == Progress(0, SIZE)
    assert house.told[-1] == Progress(SIZE, SIZE)
    assert [*house.paths.user.rglob("*.lock")] == []
    assert house.site.headers_of("/whole/x.bin")[0]["Accept-Encoding"] == "identity"


async def test_a_model_may_go_into_a_folder_below(house: House) -> None:
    assert await house.fetch("whole", name="people/ada.safetensors") == MODEL
    assert house.listed() == ["people/ada.safetensors"]


async def test_a_break_is_gone_on_from_where_it_broke(house: House) -> None:
    assert await house.fetch("breaking") == MODEL
    first, second = house.site.headers_of("/breaking")
    assert "Range" not in first
    assert second["If-Range"] == house.site.tag
    assert 0 < int(second["Range"].removeprefix("bytes=").removesuffix("-")) <= HALF
    assert any(told.note for told in house.told)


async def test_a_fetch_that_was_broken_off_goes_on_the_next_time_and_is_never_listed_before(house: House) -> None:
    await _break_off(house)
    size = house.partial.size
    assert 0 < size <= HALF
    assert house.listed() == []
    assert await house.fetch("slow") == MODEL
    assert house.site.headers_of("/slow")[1]["Range"] == f"bytes={size}-"


async def test_a_file_that_has_changed_meanwhile_is_fetched_anew(house: House) -> None:
    await _break_off(house)
    house.site.content, house.site.tag = safetensors(SIZE, filling=9), '"two"'
    assert await house.fetch("slow") == house.site.content


async def test_the_beginning_of_another_address_is_not_gone_on_with(house: House) -> None:
    await _break_off(house)
    assert await house.fetch("whole") == MODEL
    assert "Range" not in house.site.headers_of("/whole")[0]


async def test_a_whole_file_that_was_not_yet_given_its_name_is_not_fetched_again(house: House) -> None:
    await _break_off(house)
    house.partial.path.write_bytes(MODEL)
    assert await house.fetch("slow") == MODEL
    assert len(house.site.asked) == 1


async def test_after_so_many_breaks_a_fetch_ends_in_words_and_keeps_what_has_come(house: House) -> None:
    house.site.gate.set()
    with pytest.raises(FetchFailed, match="goes on from where it broke"):
        await house.fetch("breaking", limits=Limits(2**22, pauses=()))
    assert 0 < house.partial.size <= HALF


WRONG = {
    "page": "A web page came",
    "hidden_page": "A web page came",
    "packed": "sends the file packed",
    "large": "larger than 4.2 MB",
    "endless": "larger than 4.2 MB",
    "cut": "no whole model",
    "short": "it has 1,000,000 bytes, and its header tells of 2,000,000",
    "text": "no such model",
    "pickle": "bare pickle",
    "shut": "answers 401",
    "gone": "nothing at this address",
}


@pytest.mark.parametrize("way", WRONG)
async def test_what_is_no_model_is_refused_in_words_and_leaves_nothing(house: House, way: str) -> None:
    with pytest.raises(FetchFailed, match=WRONG[way]):
        await house.fetch(way)
    assert house.kept() == []


@pytest.mark.parametrize("way", ["unmeasured", "unmeasured?tag"])
async def test_a_site_that_breaks_off_without_having_said_a_length_is_found_out(house: House, way: str) -> None:
    assert await house.fetch(way) == MODEL
    first, second = house.site.headers_of("/unmeasured")
    assert "Range" not in first
    assert ("Range" in second) == ("tag" in way)


async def test_what_nobody_can_go_on_with_is_not_kept(house: House) -> None:
    with pytest.raises(FetchFailed, match="no way to go on"):
        await house.fetch("unmeasured", limits=Limits(2**22, pauses=()))
    assert house.kept() == []


async def test_a_zip_without_its_end_is_no_model(house: House) -> None:
    with pytest.raises(Unwanted, match="end of a zip file"):
        await house.fetch("half_zip", name="style.pt")
    assert house.kept() == []


async def test_beginnings_that_nobody_goes_on_with_are_removed_after_a_while(house: House) -> None:
    await _break_off(house)
    other = house.partial.path.with_name("other.part")
    for path in (other, other.with_suffix(".json")):
        path.touch()
        os.utime(path, (0, 0))
    new = other.with_name("new.part")
    new.touch()
    assert await house.fetch("slow") == MODEL
    assert sorted(house.kept()) == sorted([house.target, new])


async def test_a_file_with_another_hash_is_removed(house: House) -> None:
    with pytest.raises(Unwanted, match=r"SHA-256 is .*, not 0000.*BLAKE3"):
        await house.fetch("whole", sha256="0" * 64)
    assert house.kept() == []


async def test_the_beginning_of_a_hash_serves_as_well(house: House) -> None:
    digest = hashlib.sha256(MODEL).hexdigest()[:10]
    with pytest.raises(Unwanted, match="not 0000000000 as"):
        await house.fetch("whole", sha256="0" * 10)
    assert await house.fetch("whole", sha256=digest.upper()) == MODEL


def test_hashes_of_other_kinds_are_told_apart_by_their_length() -> None:
    assert hash_problem("0" * 64) == hash_problem("A" * 10) == ""
    assert "AutoV3 cannot be checked" in hash_problem("0" * 12)
    assert "CRC32 cannot be checked" in hash_problem("0" * 8)
    assert all("64 hexadecimal digits" in hash_problem(text) for text in ("", "x" * 64, "0" * 63))


@pytest.mark.parametrize("url", ["notaurl", "ftp://huggingface.co/x.safetensors", "", "https://", "file:///etc/passwd"])
def test_what_is_no_address_is_told_how_one_looks(house: House, url: str) -> None:
    with pytest.raises(HostRefused, match="no address that a model can be fetched from: one is https://"):
        name_in(house.hosts, url)


@pytest.mark.parametrize(
    ("had_token", "status_401", "words"),
    [
        (False, True, "make a token at https://huggingface.co/settings/tokens, and have it .* as HF_TOKEN"),
        (True, True, "does not know the token in HF_TOKEN"),
        (True, False, "accept its terms"),
    ],
)
def test_a_token_that_is_missing_wrong_or_not_enough_is_told_apart(
    had_token: bool, status_401: bool, words: str
) -> None:
    assert re.search(words, advice_for(URL("https://huggingface.co/a/b"), had_token, status_401))


async def test_a_full_disk_is_found_before_anything_comes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "FREE_AFTERWARDS", 2**60)
    with pytest.raises(FetchFailed, match="not enough room in loras"):
        await house.fetch("whole")
    assert house.listed() == []


LED_TO = (
    "http://127.0.0.1:1/x",
    "http://169.254.169.254/latest/meta-data/",
    "http://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://2130706433/x",
    "https://evil.example/x",
    "https://huggingface.co.evil.example/x",
    "https://huggingface.co:8443/x",
    "http://huggingface.co/x",
    "https://user:word@huggingface.co/x",
    "https://github.com/someone/tool/archive/main.zip",
    "file:///etc/passwd",
    "ftp://huggingface.co/x",
    "//evil.example/x",
)


@pytest.mark.parametrize("place", LED_TO)
async def test_a_redirect_to_where_nothing_is_fetched_is_not_followed(house: House, place: str) -> None:
    with pytest.raises(HostRefused):
        await house.fetch(f"leading?url={place}")
    assert len(house.site.asked) == 1
    with pytest.raises(HostRefused):
        house.hosts.check(URL(place if "://" in place else f"https:{place}"))


async def test_redirects_without_end_are_left(house: House) -> None:
    with pytest.raises(FetchFailed, match="without end"):
        await house.fetch("circle")


async def test_a_name_that_leads_into_the_own_network_is_refused_when_it_is_looked_up(
    tmp_path: Path, site: ModelSite
) -> None:
    house = House(tmp_path, site, "localhost")  # allowed, but at public addresses only
    with pytest.raises(HostRefused, match="localhost leads to"):
        await house.fetch("leading?url=https://localhost/x")


PRIVATE = (
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1"),
    *("255.255.255.255", "240.0.0.1", "192.0.2.1", "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1"),
    *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:db8::1"),
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_refused(address: str) -> None:
    assert not is_allowed(address, is_own=False)


def test_public_addresses_are_allowed_and_private_ones_of_hosts_that_were_named_with_their_scheme() -> None:
    assert all(is_allowed(address, is_own=False) for address in ("8.8.8.8", "2606:4700::1111", "64:ff9b::808:808"))
    assert all(is_allowed(address, is_own=True) for address in ("127.0.0.1", "10.0.0.1", "fc00::1"))
    assert not any(is_allowed(address, is_own=True) for address in ("169.254.169.254", "fe80::1", "224.0.0.1", "::"))


async def test_a_token_goes_to_its_own_origin_and_to_no_other(tmp_path: Path, site: ModelSite) -> None:
    async with model_site() as other:
        house = House(tmp_path, site, other.url, tokens={site.url: "a secret"})
        assert await house.fetch(f"leading?url={other.url}/whole") == MODEL
        assert site.headers_of("/leading")[0]["Authorization"] == "Bearer a secret"
        assert "Authorization" not in other.headers_of("/whole")[0]


def test_tokens_come_from_the_environment_for_https_alone() -> None:
    tokens = read_tokens({"HF_TOKEN": " hf_x ", "CIVITAI_TOKEN": "", "OTHER": "y"})
    assert tokens == {"https://huggingface.co": "hf_x"}
    hosts = ModelHosts((), tokens)
    assert hosts.token_for(URL("https://huggingface.co/a/b")) == "hf_x"
    for other in ("http://huggingface.co/a", "https://cdn.huggingface.co/a", "https://huggingface.co:444/a"):
        assert hosts.token_for(URL(other)) is None


NAMES = ("../x.safetensors", "/x.safetensors", "C:\\x.safetensors", "a/../../x.safetensors", "con.safetensors", "x.py",
         "x", ".hidden.safetensors", ".fetching/x.safetensors", "x.safetensors ", "x.yaml", "", "x.html")  # fmt: skip
KINDS = ("custom_nodes", "configs", "diffusers", "../loras", "nothing", "", "input")


@pytest.mark.parametrize(("kind", "name"), [*(("loras", name) for name in NAMES), *((kind, NAME) for kind in KINDS)])
async def test_no_name_and_no_kind_leads_out_of_the_models(house: House, kind: str, name: str) -> None:
    with pytest.raises(PathError):
        want(house.paths, house.hosts, f"{house.site.url}/whole", kind, name)


async def test_nothing_is_written_through_a_link_that_leads_out(house: House, tmp_path: Path) -> None:
    folder = house.target.parent
    folder.mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PathError, match="through a link"):
        await house.fetch("whole", name="link/x.safetensors")


async def test_a_model_that_is_there_is_never_replaced(house: House) -> None:
    house.target.parent.mkdir(parents=True)
    house.target.write_bytes(b"mine")
    with pytest.raises(FetchConflict, match="already"):
        await house.fetch("whole")
    assert house.target.read_bytes() == b"mine"


async def test_two_processes_do_not_write_the_same_file(house: House) -> None:
    going = asyncio.create_task(house.fetch("slow"))
    await _until_some(house)
    with pytest.raises(FetchConflict, match="another process"):
        await house.fetch("slow")
    house.site.gate.set()
    assert await going == MODEL


def test_hosts_are_added_or_stand_alone() -> None:
    page = URL("https://huggingface.co/a/b/resolve/main/x.safetensors")
    for hosts in (ModelHosts(), ModelHosts(("models.example",))):
        hosts.check(page)
        hosts.check(URL("https://cdn-lfs-us-1.hf.co/x"))
        hosts.check(URL("https://b2.civitai.com/file/x"))
        hosts.check(URL("https://github.com/someone/upscaler/releases/download/v1/x.pth"))
    alone = ModelHosts(("only", "*.models.example", "http://nas:8000"))
    for good in ("https://a.models.example/x", "http://nas:8000/x"):
        alone.check(URL(good))
    for bad in (str(page), "https://models.example/x", "http://a.models.example/x", "https://nas/x", "http://nas/x"):
        with pytest.raises(HostRefused):
            alone.check(URL(bad))


@pytest.mark.parametrize("word", ["10.0.0.1", "http://nas/path", "ftp://nas", "http://", "a b", "-x", "http://u@nas"])
def test_a_host_that_is_none_is_refused_at_the_start(word: str) -> None:
    with pytest.raises(UsageError, match="--model-hosts"):
        ModelHosts((word,))


def test_the_page_of_a_file_is_taken_for_the_file() -> None:
    page = URL("https://huggingface.co/a/b/blob/main/x.safetensors")
    assert str(direct(page)) == "https://huggingface.co/a/b/resolve/main/x.safetensors"


def test_formats_are_told_by_their_first_bytes() -> None:
    assert wrong_content(MODEL[:512], ".safetensors") == wrong_content(MODEL[:512], ".ckpt") == ""
    assert wrong_content(b"PK\x03\x04", ".ckpt") == wrong_content(b"GGUF", ".gguf") == ""
    assert wrong_content(b"PK\x03\x04", ".safetensors")
    assert wrong_content((2**40).to_bytes(8, "little") + b"{", ".safetensors")
    assert "LFS" in wrong_content(b"version https://git-lfs.github.com/spec/v1", ".safetensors")


async def _until_some(house: House) -> None:
    """Return once something has come of the file."""

    async def is_there() -> None:
        while not house.partial.size:
            await asyncio.sleep(0.005)

    await asyncio.wait_for(is_there(), 30)


async def _break_off(house: House) -> None:
    """Begin to fetch, and be cancelled."""
    going = asyncio.create_task(house.fetch("slow"))
    await _until_some(house)
    going.cancel()
    with pytest.raises(asyncio.CancelledError):
        await going
