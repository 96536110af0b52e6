"""What a run is asked and what its folder says: the same specification either way."""

from __future__ import annotations

from pathlib import Path

import pytest

from topotaxy.errors import InputError
from topotaxy.runs.asked import asked_specification, with_options
from topotaxy.runs.cell_dataset import shown_cycles
from topotaxy.runs.folder import prepare_folder, resolved, spec_text
from topotaxy.runs.paper import load_paper, paper_names
from topotaxy.spec import load_spec, spec_from_text
from topotaxy.toml_documents import bundled_names


@pytest.mark.parametrize("name", bundled_names("specs"))
def test_a_specification_is_read_back_from_what_a_folder_holds(name: str) -> None:
    spec = load_spec(name)
    assert spec_from_text(spec_text(spec)) == resolved(spec)
    assert resolved(resolved(spec)) == resolved(spec)
    assert resolved(spec).lattice.block is not None


def test_a_rate_is_the_current_of_all_reducible_cations() -> None:
    fast, slow = (asked_specification("NiO", ion="Li", current=rate) for rate in ("1C", "C/10"))
    assert fast.protocol.current == pytest.approx(10.0 * slow.protocol.current)
    # C/10: 718 mAh/g in ten hours.
    assert slow.protocol.current == pytest.approx(2.0 * 96485.33 / 3600.0 / 74.692 / 10.0, rel=1e-3)


def test_options_replace_what_is_given_and_leave_the_rest() -> None:
    spec = load_spec("heos-na")
    found = with_options(spec, {"protocol": {"cycles": 7}, "lattice": {"seed": None}})
    assert found.protocol.cycles == 7
    assert found.lattice == spec.lattice
    assert with_options(spec, {"protocol": {"cycles": None}}) == spec
    with pytest.raises(InputError, match="cycles"):
        with_options(spec, {"protocol": {"cycles": 0}})


def test_a_folder_of_another_run_is_not_taken(tmp_path: Path) -> None:
    spec = load_spec("heos-na")
    assert not prepare_folder(tmp_path / "run", spec, resume=False)
    other = with_options(spec, {"protocol": {"cycles": 9}})
    with pytest.raises(InputError):
        prepare_folder(tmp_path / "run", other, resume=True)
    assert not prepare_folder(tmp_path / "run", spec, resume=True)


@pytest.mark.parametrize("cycles", [1, 3, 50, 1234])
def test_shown_cycles_are_few_and_have_the_first_and_the_last(cycles: int) -> None:
    found = shown_cycles(cycles)
    assert found[0] == 1
    assert found[-1] == cycles
    assert found == sorted(set(found))
    assert len(found) <= 9


@pytest.mark.parametrize("name", paper_names())
def test_every_target_of_a_paper_is_computed_from_a_run_long_enough(name: str) -> None:
    paper = load_paper(name)
    computed = paper.computed()
    for target in paper.target:
        number = computed[target.claim]
        assert number.cycle <= len(list(paper.runs[number.run].currents()))
        assert target.sigma > 0.0
    with pytest.raises(InputError):
        load_paper("no-such-paper")
