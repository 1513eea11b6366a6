"""What packs import as `protocol`: the numbers of binary websocket messages."""


class BinaryEventTypes:
    """The first four bytes of a binary message, big-endian."""

    PREVIEW_IMAGE = 1
    UNENCODED_PREVIEW_IMAGE = 2
    TEXT = 3
    PREVIEW_IMAGE_WITH_METADATA = 4
