from __future__ import annotations

import sys
from pathlib import Path

# Makers of files, which tests of several techniques share.
sys.path[:0] = [str(Path(__file__).parent / name) for name in ("cycling", "imaging", "thermogravimetry")]
