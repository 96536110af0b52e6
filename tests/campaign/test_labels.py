from __future__ import annotations

import pytest

from topotaxy.campaign.labels import label_of
from topotaxy.spec import Spec, load_spec


def _spec(formula: str, ion: str, **parameters: float) -> Spec:
    return Spec.model_validate(
        {
            "name": "x",
            "electrode": {"formula": formula},
            "cell": {"ion": ion},
            "lattice": {"parameters": parameters},
        }
    )


@pytest.mark.parametrize(
    ("formula", "ion", "quantity", "label"),
    [
        ("NiO", "Li", "voltage_hysteresis", "calibrated"),
        ("NiO", "Li", "mean_voltage_charge", "calibrated"),
        ("NiO", "Na", "voltage_hysteresis", "held-out"),
        ("Mg0.2Co0.2Ni0.2Cu0.2Zn0.2O", "Li", "mean_voltage_discharge", "held-out"),
        ("NiO", "Li", "reduced_fraction", "emergent"),
        ("NiO", "Li", "specific_capacity_charge", "emergent"),
    ],
)
def test_labels_follow_the_list_of_calibrations(formula: str, ion: str, quantity: str, label: str) -> None:
    assert label_of(quantity, _spec(formula, ion)) == label


def test_anything_set_by_hand_makes_every_result_imposed() -> None:
    assert label_of("reduced_fraction", _spec("NiO", "Na", exchange_barrier=1.0)) == "imposed"


def test_no_bundled_specification_imposes_parameters() -> None:
    for name in ("heos-na", "heos-li", "heo-na", "heo-li", "nio-na", "coo-na", "nio-li"):
        assert load_spec(name).lattice.parameters == {}
