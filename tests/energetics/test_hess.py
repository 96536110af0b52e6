"""Energies of the lattice are functions of state: cycles close, order and share of elements are no matter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from topotaxy.energetics import (
    LatticeEnergies,
    coherency_energies,
    lattice_energies,
    lattice_inputs,
    lattice_kinetics,
    registry_energies,
)
from topotaxy.energetics.handbook import surface_energies
from topotaxy.errors import InputError
from topotaxy.material import (
    FARADAY,
    IONS,
    conversion_voltage,
    formation_gibbs,
    parse_formula,
    salt,
    standard_entropy,
)

ROOM = 298.15
METALS = ("Mg", "Ca", "Mn", "Fe", "Co", "Ni", "Cu", "Zn")
FIVE = ("Mg", "Co", "Ni", "Cu", "Zn")
NO_TRANSFORMATION = ("Mg", "Ca", "Mn", "Fe", "Co", "Ni")


def voltages(formula: str, ion: str, temperature: float = ROOM, **shares: float) -> dict[str, float]:
    """Equilibrium voltage of each cation of a formula; ``shares`` of its anions, else its own."""
    composition = parse_formula(formula)
    energies = lattice_energies(composition, ion, temperature)
    found = lattice_kinetics(energies, shares or composition.anion_fractions).equilibrium_voltage
    return dict(zip(composition.cations, found.tolist(), strict=True))


def by_pair(energies: LatticeEnergies) -> dict[tuple[str, int, str], float]:
    return {
        (cation, valence, anion): float(energies.cation_bond[s, valence, x])
        for s, cation in enumerate(energies.species)
        for valence in range(3)
        for x, anion in enumerate(energies.anions)
    }


@pytest.mark.parametrize("anion", ["O", "S"])
@pytest.mark.parametrize(("first", "second"), [("Li", "Na"), ("Na", "K"), ("Li", "K")])
def test_two_alkali_metals_differ_by_their_salts_whatever_the_cation(
    anion: str, first: str, second: str
) -> None:
    formula = "".join(f"{m}0.2" for m in FIVE) + "O"
    if anion == "S":
        formula = "Ni0.5Cu0.5S"
    one, other = voltages(formula, first), voltages(formula, second)
    gap = (formation_gibbs(salt(second, anion)) - formation_gibbs(salt(first, anion))) / FARADAY / 2
    for cation in one:
        assert one[cation] - other[cation] == pytest.approx(gap, abs=1e-12)


@pytest.mark.parametrize("metal", NO_TRANSFORMATION)
@pytest.mark.parametrize("ion", ["Li", "Na"])
def test_the_voltage_falls_with_temperature_as_entropy_says(metal: str, ion: str) -> None:
    # dV/dT = ΔS/2F of MO + 2 A -> M + A2O, at formation energies that hold enthalpy and entropy fixed.
    low, high = (voltages(f"{metal}O", ion, t)[metal] for t in (300.0, 350.0))
    taken = standard_entropy(f"{metal}O") + 2.0 * standard_entropy(ion)
    given_off = standard_entropy(metal) + standard_entropy(salt(ion, "O"))
    assert (high - low) / 50.0 == pytest.approx((given_off - taken) / FARADAY / 2.0, abs=1e-9)


@pytest.mark.parametrize("ion", IONS)
def test_displacing_one_metal_by_another_needs_no_alkali(ion: str) -> None:
    # NiO + Mg -> Ni + MgO, by way of the alkali metal: the ion cancels.
    found = voltages("Ni0.5Mg0.5O", ion)
    straight = (formation_gibbs("NiO") - formation_gibbs("MgO")) / FARADAY / 2.0
    assert found["Ni"] - found["Mg"] == pytest.approx(straight, abs=1e-12)


def test_disproportionation_of_cuprous_oxide_is_that_of_the_handbook() -> None:
    found = by_pair(lattice_energies(parse_formula("CuO"), "Li", ROOM))
    # 2 Cu+ -> Cu2+ + Cu0, of which Cu0 is the zero; rock-salt CuO lies 22.2 kJ/mol above tenorite.
    change = 6.0 * (found["Cu", 2, "O"] - 2.0 * found["Cu", 1, "O"])
    straight = (formation_gibbs("CuO") + 22_200.0 - formation_gibbs("Cu2O")) / FARADAY
    assert change == pytest.approx(straight)
    assert change > 0.0


@pytest.mark.parametrize("metal", METALS)
def test_reduced_metal_is_the_zero_and_every_oxide_lies_below(metal: str) -> None:
    energies = lattice_energies(parse_formula(f"{metal}O"), "Li", ROOM)
    found = by_pair(energies)
    assert found[metal, 0, "O"] == 0.0
    assert found[metal, 2, "O"] < 0.0
    assert energies.alkali_bond[0] < 0.0
    assert energies.metal_bond[0, 0] > 0.0


@given(order=st.permutations(FIVE), anions=st.permutations(("O0.89", "S0.11")))
@settings(max_examples=8)
def test_the_order_of_a_formula_is_no_matter(order: list[str], anions: list[str]) -> None:
    sorted_formula = parse_formula("".join(f"{m}0.2" for m in FIVE) + "O0.89S0.11")
    shuffled = parse_formula("".join(f"{m}0.2" for m in order) + "".join(anions))
    one, other = (lattice_energies(c, "Na", ROOM) for c in (sorted_formula, shuffled))
    assert by_pair(one) == by_pair(other)
    assert dict(zip(one.anions, one.alkali_bond, strict=True)) == dict(
        zip(other.anions, other.alkali_bond, strict=True)
    )
    frames = [registry_energies(c, "Na") for c in (sorted_formula, shuffled)]
    assert frames[0].modulus == pytest.approx(frames[1].modulus, rel=1e-12)
    assert frames[0].site_volume == pytest.approx(frames[1].site_volume, rel=1e-12)
    ratios = [
        dict(zip(c.cations, f.salt_ratio, strict=True))
        for c, f in zip((sorted_formula, shuffled), frames, strict=True)
    ]
    assert ratios[0] == pytest.approx(ratios[1], rel=1e-12)


@pytest.mark.parametrize(("one", "other"), [("NiO", "Ni2O2"), ("Ni0.5Co0.5O", "NiCoO2")])
def test_the_size_of_a_formula_is_no_matter(one: str, other: str) -> None:
    first, second = (lattice_energies(parse_formula(f), "Na", ROOM) for f in (one, other))
    assert by_pair(first) == pytest.approx(by_pair(second), rel=1e-12)
    assert coherency_energies(parse_formula(one), "Na", ROOM).site_volume == pytest.approx(
        coherency_energies(parse_formula(other), "Na", ROOM).site_volume
    )


@given(share=st.floats(1e-4, 1.0 - 1e-4))
@settings(max_examples=20)
def test_a_contact_costs_the_same_however_rare_it_is(share: float) -> None:
    mixed = lattice_energies(parse_formula(f"Ni{share:.6f}Cu{1.0 - share:.6f}O"), "Li", ROOM)
    found = by_pair(mixed)
    for metal in ("Ni", "Cu"):
        pure = by_pair(lattice_energies(parse_formula(f"{metal}O"), "Li", ROOM))
        assert {key: found[key] for key in pure} == pytest.approx(pure, rel=1e-12)


@pytest.mark.parametrize("trace", [1e-3, 1e-5])
def test_a_trace_leaves_the_frame_as_it_was(trace: float) -> None:
    pure = registry_energies(parse_formula("NiO"), "Na")
    doped = registry_energies(parse_formula(f"Ni{1.0 - trace:.6f}Mg{trace:.6f}O"), "Na")
    assert doped.site_volume == pytest.approx(pure.site_volume, rel=0.1 * trace)
    assert doped.modulus == pytest.approx(pure.modulus, rel=trace)
    assert doped.salt_ratio[0] == pytest.approx(pure.salt_ratio[0], rel=trace)


@given(sulfur=st.floats(0.0, 1.0))
@settings(max_examples=20)
def test_mixed_anions_lie_on_the_line_between_their_ends(sulfur: float) -> None:
    ends = [voltages("NiO0.5S0.5", "Na", O=1.0 - x, S=x)["Ni"] for x in (0.0, 1.0)]
    between = voltages("NiO0.5S0.5", "Na", O=1.0 - sulfur, S=sulfur)["Ni"]
    assert between == pytest.approx((1.0 - sulfur) * ends[0] + sulfur * ends[1], abs=1e-12)
    assert ends[0] == pytest.approx(conversion_voltage("Ni", {"O": 1.0}, "Na"), abs=1e-12)
    assert ends[1] == pytest.approx(conversion_voltage("Ni", {"S": 1.0}, "Na"), abs=1e-12)


@pytest.mark.parametrize("temperature", [280.0, 340.0])
def test_only_formation_energies_among_the_inputs_follow_the_temperature(temperature: float) -> None:
    composition = parse_formula("Ni0.5Cu0.5O")
    cold, warm = (lattice_inputs(composition, "Na", t) for t in (ROOM, temperature))
    assert len(cold) == len(warm)
    for before, after in zip(cold, warm, strict=True):
        assert (before.name, before.subject, before.row) == (after.name, after.subject, after.row)
        assert (before.value != after.value) == (before.name == "formation_gibbs")


@given(order=st.permutations(FIVE))
@settings(max_examples=5)
def test_the_inputs_of_a_formula_are_a_set(order: list[str]) -> None:
    shares = "".join(f"{m}0.2" for m in order)
    found, expected = (
        {(i.name, i.subject, i.row, i.value) for i in lattice_inputs(parse_formula(f), "Na", ROOM)}
        for f in (f"{shares}O", "".join(f"{m}0.2" for m in FIVE) + "O")
    )
    assert found == expected


@pytest.mark.parametrize(
    ("formula", "says"),
    [
        ("Ti0.5Ni0.5O", "Ti in Ti0.5Ni0.5O: the reactive lattice holds"),
        ("LiF", "nothing in LiF can be reduced"),
        ("Ni0.5Co0.5Se", "NiSe|CoSe"),
    ],
)
def test_a_cation_or_anion_without_data_is_named(formula: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        lattice_energies(parse_formula(formula), "Na", ROOM)


def test_a_metal_without_a_barrier_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    energies = lattice_energies(parse_formula("Ni0.5Zn0.5O"), "Na", ROOM)
    monkeypatch.setattr("topotaxy.energetics.kinetics.migration_barriers", lambda: {"Ni": 0.5})
    with pytest.raises(InputError, match="no migration barrier of metallic Zn"):
        lattice_kinetics(energies, {"O": 1.0})


@given(shift=st.floats(-0.2, 0.2), temperature=st.floats(270.0, 400.0))
@settings(max_examples=20)
def test_no_hop_is_faster_than_the_attempts_and_its_barrier_is_never_negative(
    shift: float, temperature: float
) -> None:
    given_values = {"metal_barrier_shift": shift, "attempt_frequency": 1e13, "cation_barrier": 0.0}
    energies = lattice_energies(parse_formula("Ni0.5Cu0.5O"), "Na", temperature)
    found = lattice_kinetics(energies, {"O": 1.0}, overrides=given_values)
    assert found.cation_hop_rate == 1e13
    assert (found.metal_hop_rate <= 1e13).all()
    steep = lattice_kinetics(energies, {"O": 1.0}, overrides=given_values | {"metal_barrier_shift": -5.0})
    assert (steep.metal_hop_rate == 1e13).all()
    # A ratio of rates of two metals says what their barriers differ by, and the shift cancels.
    plain = lattice_kinetics(energies, {"O": 1.0})
    assert found.metal_hop_rate[0] / found.metal_hop_rate[1] == pytest.approx(
        plain.metal_hop_rate[0] / plain.metal_hop_rate[1], rel=1e-9
    )


def test_a_surface_energy_bounds_the_bond_of_every_metal() -> None:
    # A bond is at most that of a free surface, and grows with the share of it that an interface has.
    full = lattice_energies(parse_formula("NiO"), "Na", ROOM, overrides={"interface_ratio": 1.0})
    for ratio in (0.3, 0.35, 0.4):
        part = lattice_energies(parse_formula("NiO"), "Na", ROOM, overrides={"interface_ratio": ratio})
        assert part.metal_bond == pytest.approx(ratio * full.metal_bond)
    assert np.isfinite(list(surface_energies().values())).all()
