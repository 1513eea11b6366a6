"""Why a pack could not be loaded, in words, and what its owner can do about it."""

import re
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from nodes.compat.names import PACK_NAMES

# What a module is called where it is installed from, if that is not its own name.
PACKAGE_OF = {
    "PIL": "pillow",
    "OpenSSL": "pyopenssl",
    "Crypto": "pycryptodome",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "pymupdf",
    "git": "gitpython",
    "google.protobuf": "protobuf",
    "jwt": "pyjwt",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "pkg_resources": "setuptools",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "usb": "pyusb",
    "websocket": "websocket-client",
    "yaml": "pyyaml",
}
# Modules that are ComfyUI's own: no package brings them.
OF_COMFYUI = frozenset(
    {
        "alembic_db", "api_server", "app", "comfy", "comfy_api", "comfy_api_nodes", "comfy_config", "comfy_execution",
        "comfy_extras", "comfyui_version", "cuda_malloc", "custom_nodes", "execution", "fix_torch", "folder_paths",
        "hook_breaker_ac10a0", "latent_preview", "main", "middleware", "node_helpers", "nodes", "protocol", "server",
        "utils",
    }
)  # fmt: skip

_OWN = frozenset({"comfy", "execution", "nodes", "web"})


@dataclass(frozen=True)
class Fault:
    """What went wrong with a pack, and what helps."""

    problem: str
    remedy: str


def explain(error: BaseException, pack: Path) -> Fault:
    """An error that a pack's own code led to, with the last of its lines that did."""
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Fault(f"{text}{_place(error, pack)}", _remedy(error, pack))


def _place(error: BaseException, pack: Path) -> str:
    if isinstance(error, SyntaxError) and error.filename:
        return f" at {Path(error.filename).name}:{error.lineno}"
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if str(pack) in frame.filename]
    return f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""


def _remedy(error: BaseException, pack: Path) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return _install(error.name, pack)
    if isinstance(error, ImportError):
        return _other_version(error, pack)
    if isinstance(error, AttributeError) and (owner := _stand_in(error.obj)):
        return _not_here(f"{error.name} of {owner}")
    if isinstance(error, SystemExit):
        return "It called exit(); look above in the log for what it missed, or ask its author."
    if isinstance(error, SyntaxError):
        python = ".".join(map(str, sys.version_info[:2]))
        return f"Mend that line, or install a version of the pack for Python {python}."
    if isinstance(error, FileNotFoundError):
        return "A file that it needs is not there: install the pack again, with all its files."
    if isinstance(error, MemoryError):
        return "There was too little memory; close other programs, or take the pack out."
    return f"Report this to its author with the log; to be rid of the message, rename it to {pack.name}.disabled."


def _install(module: str, pack: Path) -> str:
    top = module.partition(".")[0]
    if top in OF_COMFYUI:
        return _not_here(f"the module {module}")
    if _requirements(pack):
        return f"Install what it needs: {_pip(pack)}"
    package = PACKAGE_OF.get(module) or PACKAGE_OF.get(top) or top
    return f"Install what it needs: {_python()} -m pip install {package}"


def _other_version(error: ImportError, pack: Path) -> str:
    """A module is there, but not what the pack wants of it."""
    name = (error.name or "").partition(".")[0]
    if name in OF_COMFYUI:
        return _not_here(_missing_name(error))
    asked = _pip(pack) if _requirements(pack) else "see what its page asks for"
    return f"It may want another version of {name or 'that module'}: {asked}."


def _missing_name(error: ImportError) -> str:
    """The name that was asked for, of the module as the pack calls it, which may be another one here."""
    wanted = re.search(r"cannot import name '([^']+)'", str(error))
    lines = [frame.line or "" for frame in traceback.extract_tb(error.__traceback__)]
    asked = next((found[1] for line in reversed(lines) if (found := re.match(r"\s*from\s+(\S+)\s+import", line))), "")
    return f"{wanted[1] if wanted else 'a name'} of {asked or error.name}"


def _stand_in(owner: object) -> str | None:
    """What packs call a module, class or object of Skein's own that stands for one of ComfyUI's; None for others."""
    if isinstance(owner, ModuleType):
        if owner.__name__.partition(".")[0] not in _OWN:
            return None  # A pack may have modules of such names too.
        known = {module: name for name, module in reversed(PACK_NAMES.items())}
        name = known.get(owner.__name__) or next((old for old, one in sys.modules.items() if one is owner), "")
        return name.replace("._", ".") if name.partition(".")[0] in OF_COMFYUI else None
    cls = owner if isinstance(owner, type) else type(owner)
    is_own = cls.__module__.startswith(("nodes.compat.", "execution.compat.", "web.packs."))
    return cls.__name__ if is_own else None


def _not_here(what: str) -> str:
    return (
        f"It needs {what}, which is ComfyUI's own and not part of Skein. Look for another version of the pack, or ask "
        "for it in Skein's issues."
    )


def _requirements(pack: Path) -> bool:
    return (pack / "requirements.txt").is_file()


def _pip(pack: Path) -> str:
    return f'{_python()} -m pip install -r "{pack / "requirements.txt"}"'


def _python() -> str:
    return f'"{sys.executable}"' if " " in sys.executable else sys.executable
