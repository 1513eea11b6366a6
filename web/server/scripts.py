"""The editor's own scripts on their way to the browser: without the comments, which are a quarter of what is sent.

Lines keep their numbers, so that errors and debuggers name the right ones; what is on disk is what one reads.
"""

import re

# The types of the editor are comments too, and most of them stand within lines.
DOCUMENTATION = re.compile(rb"/\*\*(?:[^*]|\*(?!/))*\*/")
REMARK = re.compile(rb"^[ \t]*//[^\n]*$", re.MULTILINE)
TRAILING_SPACE = re.compile(rb"[ \t]+$", re.MULTILINE)


def without_comments(script: bytes) -> bytes:
    """A script without its documentation and the remarks on lines of their own.

    Only for scripts in which neither begins inside a text, as a test makes sure of for the editor's.
    """
    bare = DOCUMENTATION.sub(lambda found: b"\n" * found.group().count(b"\n"), script)
    return TRAILING_SPACE.sub(b"", REMARK.sub(b"", bare))
