"""What can go wrong with a model file: one small tree of errors that a user can act on."""


class ModelFileError(ValueError):
    """A model file cannot be used; the message names the file, what is wrong and what to do about it."""


class UnsafeFileError(ModelFileError):
    """A file's format could run code when it is read, so it was not read."""


class ArchitectureError(ModelFileError):
    """A file's tensors are not those of an architecture that is known here."""
