"""What a command line that cannot be followed ends in, whichever command it is for."""

import argparse
from typing import NoReturn


class UsageError(Exception):
    """A command line that cannot be followed; its text says why and what would be right."""


class Parser(argparse.ArgumentParser):
    """Reads the flags of one command; raises `UsageError` in place of ending the program."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message[:1].upper() + message[1:] + ".")
