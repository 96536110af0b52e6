"""The results folder: its files, how they get there whole or not at all, and what its dataset holds."""

from topotaxy.results.dataset import write_dataset
from topotaxy.results.folder import (
    CHECKPOINTS,
    CURVES_FILE,
    DATA_FILE,
    LABELS_FILE,
    OBSERVABLES_FILE,
    OBSERVABLES_TABLE,
    SPEC_FILE,
    claimed,
    json_text,
)
from topotaxy.results.provenance import provenance, recorded
from topotaxy.results.publish import publishing
from topotaxy.results.reading import read_dataset
from topotaxy.results.schema import Schema, Variable, schema_of
from topotaxy.results.seals import PROVENANCE_FILE

__all__ = [
    "CHECKPOINTS",
    "CURVES_FILE",
    "DATA_FILE",
    "LABELS_FILE",
    "OBSERVABLES_FILE",
    "OBSERVABLES_TABLE",
    "PROVENANCE_FILE",
    "SPEC_FILE",
    "Schema",
    "Variable",
    "claimed",
    "json_text",
    "provenance",
    "publishing",
    "read_dataset",
    "recorded",
    "schema_of",
    "write_dataset",
]
