"""The folder of an ablation: a folder for each arm, and the table in every form."""

from __future__ import annotations

from pathlib import Path

from topotaxy.files import write_atomically
from topotaxy.results import PROVENANCE_FILE, json_text, provenance, publishing
from topotaxy.studies.ablation import Ablation
from topotaxy.studies.ablation_table import SCHEMA, ablation_csv, ablation_document, ablation_markdown

TABLE = "ablation"
"""Name of the table's files, in every form."""


def write_ablation(ablation: Ablation, folder: Path) -> dict[str, object]:
    """Write the table beside the arms; return it as plain data.

    Parameters
    ----------
    ablation : Ablation
        Arms that were run, and what each does to the outcomes.
    folder : Path
        Folder for the tables.
    """
    document = ablation_document(ablation)
    spec = ablation.spec.model_dump(mode="json")
    with publishing(folder) as work:
        write_atomically(work / f"{TABLE}.json", json_text(document))
        write_atomically(work / f"{TABLE}.csv", ablation_csv(ablation))
        write_atomically(work / f"{TABLE}.md", ablation_markdown(ablation))
        write_atomically(
            work / PROVENANCE_FILE, json_text(provenance(SCHEMA, packages=("numba",), spec=spec))
        )
    return document
