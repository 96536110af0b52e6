"""``python -m topotaxy.cli`` does what ``topotaxy`` does."""

from __future__ import annotations

from topotaxy.cli import main

raise SystemExit(main())
