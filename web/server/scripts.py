"""The editor's own scripts on their way to the browser: without comments and indentation, a third of what is on disk.

Lines keep their numbers, so that errors and debuggers name the right ones; what is on disk is what one reads.
"""

import re

# The types of the editor are comments too, and most of them stand within lines.
DOCUMENTATION = re.compile(rb"/\*\*(?:[^*]|\*(?!/))*\*/")
REMARK = re.compile(rb"^[ \t]*//[^\n]*$", re.MULTILINE)
SPACE_AT_ENDS = re.compile(rb"^[ \t]+|[ \t]+$", re.MULTILINE)


def bare(script: bytes) -> bytes:
    """A script without its documentation, the remarks on lines of their own, and the space at the ends of lines.

    Only for scripts in which none of them lies inside a text, as a test makes sure of for the editor's.
    """
    said = DOCUMENTATION.sub(lambda found: b"\n" * found.group().count(b"\n"), script)
    return SPACE_AT_ENDS.sub(b"", REMARK.sub(b"", said))
