from __future__ import annotations

import pytest

from topotaxy.errors import InputError
from topotaxy.material import (
    IONS,
    compound,
    conversion_voltage,
    conversion_voltages,
    formation_enthalpy,
    formation_gibbs,
    parse_formula,
    salt,
    standard_entropy,
)
from topotaxy.material.equilibrium import equilibrium_profile
from topotaxy.material.phases import formation_entropy, phases
from topotaxy.tables import read_table


def test_names_of_compounds() -> None:
    assert [salt(ion, x) for ion in IONS for x in ("O", "F")] == ["Li2O", "LiF", "Na2O", "NaF", "K2O", "KF"]
    assert compound("Ni", "O", 2) == "NiO"
    assert compound("Cu", "O", 1) == "Cu2O"
    assert compound("Ni", "F", 2) == "NiF2"
    assert compound("Fe", "O", 3) == "Fe2O3"
    assert compound("Mn", "O", 4) == "MnO2"


@pytest.mark.parametrize(
    ("args", "word"), [(("Xx", "O", 2), "Xx"), (("Ni", "N", 2), "N"), (("Ni", "O", 0), "0")]
)
def test_bad_compounds(args: tuple[str, str, int], word: str) -> None:
    with pytest.raises(InputError, match=word):
        compound(*args)


def test_the_lookup_is_that_of_chemicals() -> None:
    from chemicals.reaction import Hfs, S0s

    for formula in ("MgO", "CoO", "Na2O", "Li2O", "NiS", "Cu2S", "ZnS", "FeF2"):
        cas = phases()[formula].cas
        assert formation_enthalpy(formula) == Hfs(cas, method="CRC")
        assert standard_entropy(formula) == S0s(cas, method="CRC")


def test_nickel_sulfide_is_not_the_wrong_webbook_value() -> None:
    assert formation_enthalpy("NiS") == pytest.approx(-82e3, abs=10e3)


def test_the_table_only_fills_what_crc_lacks() -> None:
    from chemicals.reaction import Hfs, S0s

    for phase in phases().values():
        if len(phase.amounts) == 1:
            continue
        if phase.enthalpy is not None:
            assert Hfs(phase.cas, method="CRC") is None, phase.formula
        if phase.entropy is not None:
            assert S0s(phase.cas, method="CRC") is None, phase.formula


def test_every_phase_has_finite_energies_of_sensible_size() -> None:
    for formula, phase in phases().items():
        per_atom = formation_gibbs(formula) / sum(phase.amounts.values())
        assert -450e3 < per_atom <= 0.0, formula
        if len(phase.amounts) == 1:
            assert per_atom == 0.0


@pytest.mark.parametrize(
    ("formula", "gibbs"),
    # kJ/mol, the Gibbs column of the CRC table, which the code does not read
    [
        ("MgO", -569.3),
        ("CoO", -214.2),
        ("ZnO", -320.5),
        ("CuO", -129.7),
        ("Cu2S", -86.2),
        ("NiF2", -604.1),
        ("Li2O", -561.2),
        ("Na2O", -375.5),
        ("Fe3O4", -1015.4),
        ("NaF", -546.3),
        ("ZnSe", -163.0),
        ("NiS", -79.5),
    ],
)
def test_gibbs_energies_reproduce_the_handbook(formula: str, gibbs: float) -> None:
    assert formation_gibbs(formula) / 1e3 == pytest.approx(gibbs, abs=1.2)


def test_gibbs_energy_is_linear_in_temperature() -> None:
    at = [formation_gibbs("NiO", t) for t in (300.0, 400.0, 500.0)]
    assert at[2] - at[1] == pytest.approx(at[1] - at[0])
    assert at[1] - at[0] == pytest.approx(-100.0 * formation_entropy("NiO"))
    assert formation_gibbs("NiO", 1e-9) == pytest.approx(formation_enthalpy("NiO"))


def test_missing_data_is_named() -> None:
    with pytest.raises(InputError, match="Li2Se"):
        conversion_voltage("Zn", {"Se": 1.0}, "Li")
    with pytest.raises(InputError, match="CoO2"):
        formation_enthalpy("CoO2")


def test_mixed_anions_interpolate() -> None:
    oxide, sulfide = (conversion_voltage("Ni", {x: 1.0}, "Na") for x in ("O", "S"))
    mixed = conversion_voltage("Ni", {"O": 0.89, "S": 0.11}, "Na")
    assert mixed == pytest.approx(0.89 * oxide + 0.11 * sulfide)
    # an F- balances half the charge of an O2-
    fluoride = conversion_voltage("Ni", {"F": 2.0}, "Na")
    assert conversion_voltage("Ni", {"O": 1.0, "F": 2.0}, "Na") == pytest.approx((oxide + fluoride) / 2)


def test_differences_between_cations_do_not_depend_on_the_ion() -> None:
    gaps = [conversion_voltage("Ni", {"O": 1}, i) - conversion_voltage("Zn", {"O": 1}, i) for i in IONS]
    assert gaps == pytest.approx([gaps[0]] * 3)


@pytest.mark.parametrize(
    "change",
    [
        {"ion": "Ag"},
        {"cation": "Li"},
        {"cation": "Xx"},
        {"anions": {}},
        {"anions": {"N": 1.0}},
        {"method": "magic"},
        {"anions": {"O": float("nan")}},
        {"anions": {"O": 2.0, "S": -1.0}},
        {"temperature": 0.0},
        {"temperature": float("nan"), "method": "enthalpy"},
    ],
)
def test_bad_arguments(change: dict[str, object]) -> None:
    arguments = {"cation": "Ni", "anions": {"O": 1.0}, "ion": "Na", "temperature": 298.15} | change
    with pytest.raises(InputError):
        conversion_voltage(**arguments)  # type: ignore[arg-type]


def test_voltages_of_a_formula_name_what_is_missing() -> None:
    voltages, reasons = conversion_voltages(parse_formula("Ni0.5Mn0.5Se"), "Na")
    assert voltages == {}
    assert "NiSe" in reasons["Ni"]
    assert "Na2Se" in reasons["Mn"]


@pytest.mark.parametrize(
    "name",
    [
        "assumptions",
        "bulk_moduli",
        "ionic_radii",
        "lattice_parameters",
        "oxidation_states",
        "percolation_thresholds",
        "phases",
        "product_volumes",
        "storage_terms",
        "transformation_enthalpies",
        "core_levels",
    ],
)
def test_every_row_has_a_source(name: str) -> None:
    rows = read_table("topotaxy.material", name)
    assert rows
    for row in rows:
        assert len(row["source"]) > 10, row
        assert None not in row, row


def test_no_table_is_forgotten_by_the_source_test() -> None:
    from importlib import resources

    marks = test_every_row_has_a_source.pytestmark
    shipped = {
        p.name.removesuffix(".csv") for p in (resources.files("topotaxy.material") / "tables").iterdir()
    }
    assert set(marks[0].args[1]) == shipped


@pytest.mark.parametrize("ion", ["Li", "Na"])
@pytest.mark.parametrize(
    # SnO is not among them: it is metastable against tin and SnO2, its host in equilibrium.
    "formula",
    ["Fe2O3", "Mn2O3", "SnO2", "V2O5", "V2O3", "MoS2", "MoO3", "Cr2O3", "TiO2", "Cu2O", "FeF3"],
)
def test_from_pure_phase_to_metal_the_voltage_does_not_depend_on_the_way(formula: str, ion: str) -> None:
    """Energy is a function of state: the equilibrium path has the mean of the direct reaction."""
    composition = parse_formula(formula)
    profile = equilibrium_profile(composition, ion, lower=-1.0, upper=6.0)
    voltages, reasons = conversion_voltages(composition, ion)
    assert not reasons
    (direct,) = voltages.values()
    assert profile.mean_voltage == pytest.approx(direct, abs=1e-9)


def test_several_valences_count_by_their_charge() -> None:
    composition = parse_formula("Mn0.4Fe0.6O1.3")
    assert composition.valences["Fe"] == {3: pytest.approx(0.6)}
    halves = parse_formula("FeO1.25")
    assert halves.valences["Fe"] == {2: pytest.approx(0.5), 3: pytest.approx(0.5)}
    two = conversion_voltage("Fe", {"O": 1}, "Li", valence=2)
    three = conversion_voltage("Fe", {"O": 1}, "Li", valence=3)
    assert conversion_voltages(halves, "Li")[0]["Fe"] == pytest.approx((2 * two + 3 * three) / 5)


def test_a_valence_without_data_counts_with_its_last_two_electrons() -> None:
    # There is no Co2O3 among the phases.
    found = conversion_voltages(parse_formula("LiCoO2"), "Li")[0]["Co"]
    assert found == pytest.approx(conversion_voltage("Co", {"O": 1}, "Li"))


def test_tin_is_white_at_room_temperature() -> None:
    # CRC 97th ed.: ΔfG of SnO and of Li2O (-251.9 and -561.2 kJ/mol), against the metal's stable form.
    assert conversion_voltage("Sn", {"O": 1}, "Li") == pytest.approx((561.2 - 251.9) / (2 * 96.485), abs=0.01)
