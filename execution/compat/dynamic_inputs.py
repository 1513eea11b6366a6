"""How inputs that stand for others are told, for what adapts packs' schemas to it."""

from execution.dynamic_inputs import AUTOGROW as AUTOGROW
from execution.dynamic_inputs import DYNAMIC_COMBO as DYNAMIC_COMBO
from execution.dynamic_inputs import DYNAMIC_GROUP as DYNAMIC_GROUP
from execution.dynamic_inputs import DYNAMIC_SLOT as DYNAMIC_SLOT
from execution.dynamic_inputs import MATCH as MATCH
from execution.dynamic_inputs import MOST_ROWS as MOST_ROWS
from execution.dynamic_inputs import rows_given as rows_given
