"""Set-up of all tests."""

from __future__ import annotations

from hypothesis import settings

# How long an example takes says how busy the machine is, not whether the answer is right. The examples of
# the default profile are the same on every run; ``--hypothesis-profile=explore`` draws new ones, and more.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("fixed")
