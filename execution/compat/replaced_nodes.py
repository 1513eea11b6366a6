"""Node classes in the place of others, for what adapts packs' schemas to it."""

from execution.replaced_nodes import Replacement as Replacement
