"""Observables: the waist of topotaxy. Everything before makes them, everything after reads nothing else."""

from topotaxy.observables.comparison import (
    Comparison,
    Key,
    Unlike,
    compared,
    key_of,
    paired,
    unlike_conditions,
)
from topotaxy.observables.conditions import Conditions, Direction, Role, state_after
from topotaxy.observables.documents import (
    SCHEMA,
    entry_of,
    from_csv,
    from_json,
    from_xarray,
    json_schema,
    to_csv,
    to_json,
    to_xarray,
)
from topotaxy.observables.observable import Bound, Label, Observable, Origin, State, observable
from topotaxy.observables.subject import Subject, parsed, reflection, reflection_text
from topotaxy.observables.vocabulary import VOCABULARY, Quantity

__all__ = [
    "SCHEMA",
    "VOCABULARY",
    "Bound",
    "Comparison",
    "Conditions",
    "Direction",
    "Key",
    "Label",
    "Observable",
    "Origin",
    "Quantity",
    "Role",
    "State",
    "Subject",
    "Unlike",
    "compared",
    "entry_of",
    "from_csv",
    "from_json",
    "from_xarray",
    "json_schema",
    "key_of",
    "observable",
    "paired",
    "parsed",
    "reflection",
    "reflection_text",
    "state_after",
    "to_csv",
    "to_json",
    "to_xarray",
    "unlike_conditions",
]
