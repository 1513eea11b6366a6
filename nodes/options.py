"""What the command line says that nodes need to know."""

from dataclasses import dataclass
from typing import Protocol


class NodeOptions(Protocol):
    """The flags that concern nodes, whoever holds them."""

    @property
    def cpu(self) -> bool: ...

    @property
    def force_fp32(self) -> bool: ...

    @property
    def unet_precision(self) -> str | None: ...

    @property
    def vae_precision(self) -> str | None: ...

    @property
    def preview_method(self) -> str: ...

    @property
    def preview_size(self) -> int: ...

    @property
    def disable_metadata(self) -> bool: ...

    @property
    def disable_all_custom_nodes(self) -> bool: ...

    @property
    def whitelist_custom_nodes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class DefaultOptions:
    """What holds without any flag."""

    cpu: bool = False
    force_fp32: bool = False
    unet_precision: str | None = None
    vae_precision: str | None = None
    preview_method: str = "auto"
    preview_size: int = 512
    disable_metadata: bool = False
    disable_all_custom_nodes: bool = False
    whitelist_custom_nodes: tuple[str, ...] = ()


_options: NodeOptions = DefaultOptions()


def configure(options: NodeOptions) -> None:
    """Set the options of this process; called before the first node runs."""
    global _options
    _options = options


def current() -> NodeOptions:
    """The options of this process."""
    return _options
