"""The editor's plain modules as texts: what each imports and offers, and the same written for a place elsewhere.

Only the forms that the editor uses are known: names in braces, and functions, classes and constants that are exported
where they are declared. Lines keep their numbers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from posixpath import dirname, join, normpath

from execution.errors import SkeinError
from web.server.scripts import bare

IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.[^"]+)";$', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
OTHER_FORM = re.compile(r"^(?:import\b(?!\()|export\b).*$", re.MULTILINE)
RENAMED = re.compile(r"(\w+) as (\w+)")
LATER_IMPORT = re.compile(r'\bimport\("(\.[^"]+)"\)')

# Of the imported module's name: the expression that has what it offers, None where the import is to stay.
Source = Callable[[str], str | None]


class UnknownForm(SkeinError):
    """A module that imports or exports in a form that is not known here."""


@dataclass(frozen=True)
class Module:
    """A module by its name, such as `view/stage.js`, and its text without comments."""

    name: str
    text: str

    @property
    def imports(self) -> list[str]:
        """The names of the modules that it needs before it runs, in their order."""
        return [self._name_of(found[2]) for found in IMPORT.finditer(self.text)]

    @property
    def offers(self) -> list[str]:
        """What others can import from it."""
        return [found[1] for found in EXPORT.finditer(self.text)]

    @property
    def later_imports(self) -> list[str]:
        """The names of the modules that it asks for only when they are needed."""
        return [self._name_of(found[1]) for found in LATER_IMPORT.finditer(self.text)]

    def check_form(self) -> None:
        """Raises `UnknownForm` where it imports or exports otherwise than it can be rewritten."""
        if other := OTHER_FORM.search(EXPORT.sub("", IMPORT.sub("", self.text))):
            raise UnknownForm(f"{self.name} has a line of another form: {other[0]}")

    def importing(self, source: Source, later: Source) -> str:
        """Its text, with imports taken out of what `source` names, and those for later out of what `later` names."""

        def rewrite(found: re.Match[str]) -> str:
            taken = source(self._name_of(found[2]))
            names = RENAMED.sub(r"\1: \2", found[1])
            return found[0] if taken is None else f"const {{{names}}} = {taken};"

        text = IMPORT.sub(rewrite, self.text)
        return LATER_IMPORT.sub(lambda found: later(self._name_of(found[1])) or found[0], text)

    def as_function(self, source: Source, later: Source) -> str:
        """A function for a script in the top folder: it runs the module and returns what that offers."""
        body = EXPORT.sub("", self.importing(source, lambda name: later(name) or f'import("./{name}")'))
        body = body.replace("import.meta.url", f'new URL("./{self.name}", import.meta.url).href')
        return f"(() => {{ {body}\nreturn {{ {', '.join(self.offers)} }}; }})"

    def _name_of(self, address: str) -> str:
        return normpath(join(dirname(self.name), address))


def read_module(root: Path, name: str) -> Module:
    """A module of the folder `root`. Raises `OSError`."""
    return Module(name, bare((root / name).read_bytes()).decode())
