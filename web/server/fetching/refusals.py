"""Why a model is not fetched, in words for the one who asked."""

from execution.errors import SkeinError


class HostRefused(SkeinError):
    """An address that nothing is fetched from, be it the first or one that another led to."""


class FetchingIsOff(SkeinError):
    """A server that fetches nothing."""


class FetchConflict(SkeinError):
    """A file that is there already, or is being fetched."""


class FetchFailed(SkeinError):
    """A fetch that ended without its file."""


class Broken(FetchFailed):
    """A fetch that may end well if it is tried again."""


class Unwanted(FetchFailed):
    """What came is not what was asked for; nothing of it is kept."""
