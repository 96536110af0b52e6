from __future__ import annotations

import sys
from pathlib import Path

# Makers of instruments' files.
sys.path.insert(0, str(Path(__file__).parents[1] / "measurement" / "cycling"))
