"""Options that several verbs have: type, help and name of each.

typer looks the annotations of a verb up when its help is shown or its command line is read, so that verbs
import these names themselves and not for type checking alone.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Seed = Annotated[int | None, typer.Option(help="Seed of the random numbers.")]
BoxCells = Annotated[int | None, typer.Option(help="Conventional cells along the edge of a box.")]
"""Of a run on the lattice; none: as the specification says."""

ReportFolder = Annotated[Path | None, typer.Option(help="Folder of the report.")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Leave out report.html.")]
ObservablesAsJson = Annotated[bool, typer.Option("--json", help="Write the observables as JSON.")]
