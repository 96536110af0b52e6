"""Set-up of all tests."""

from __future__ import annotations

import os
from pathlib import Path

from hypothesis import settings

# Before numpy is loaded: with a thread of BLAS for each core in every worker, small matrices wait.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# With an installed copy the tests may stand alone; what they say of the documents needs the documents.
DOCUMENTS = (Path(__file__).parents[1] / "docs").is_dir()
collect_ignore = [] if DOCUMENTS else ["documented", "contracts/test_the_page_on_techniques.py"]

# How long an example takes says how busy the machine is, not whether the answer is right. The examples of
# the default profile are the same on every run; ``--hypothesis-profile=explore`` draws new ones, and more.
settings.register_profile("fixed", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, max_examples=1000)
settings.load_profile("fixed")
