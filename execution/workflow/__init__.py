"""Editor workflows turned into prompts."""

from execution.workflow.convert import check_classes as check_classes
from execution.workflow.convert import convert as convert
from execution.workflow.convert import is_workflow as is_workflow
from execution.workflow.seeds import step_seeds as step_seeds
