"""The folder of a comparison: a folder for each material, and the tables."""

from __future__ import annotations

from pathlib import Path

from topotaxy.files import write_atomically
from topotaxy.results import PROVENANCE_FILE, json_text, provenance, publishing
from topotaxy.studies.comparison import Comparison
from topotaxy.studies.comparison_table import SCHEMA, comparison_document, comparison_markdown

TABLE = "comparison"
"""Name of the tables' files, in every form."""


def write_comparison(comparison: Comparison, folder: Path) -> dict[str, object]:
    """Write the tables beside the runs; return them as plain data.

    Parameters
    ----------
    comparison : Comparison
        Materials that were run, their outcomes, and what a paper states of them.
    folder : Path
        Folder for the tables.
    """
    document = comparison_document(comparison)
    specs = [row.spec.model_dump(mode="json") for row in comparison.rows]
    with publishing(folder) as work:
        write_atomically(work / f"{TABLE}.json", json_text(document))
        write_atomically(work / f"{TABLE}.md", comparison_markdown(comparison))
        write_atomically(
            work / PROVENANCE_FILE,
            json_text(
                provenance(SCHEMA, packages=("numba",), claims=comparison.ledger.paper.citation, specs=specs)
            ),
        )
    return document
