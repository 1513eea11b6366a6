"""The names of ComfyUI's libraries that packs import, each a module of Skein's own; the one place that knows them."""
