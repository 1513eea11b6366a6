"""Lets tests beside packs import what packs import: `folder_paths`, `comfy.utils`, `server` and the rest."""

from nodes.compat.offered import offer_names

offer_names()
