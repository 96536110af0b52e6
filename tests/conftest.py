"""Set-up of all tests."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the answer is right.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")
