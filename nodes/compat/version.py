"""What packs import as `comfyui_version`: the version whose protocol Skein speaks."""

__version__ = "0.3.64"
