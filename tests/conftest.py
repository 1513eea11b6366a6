"""What holds for all tests."""

from hypothesis import settings

# A machine with other work may take any time for an example.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
