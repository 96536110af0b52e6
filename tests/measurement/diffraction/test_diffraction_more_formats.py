"""What single formats may hold besides the plain case: units, layouts, several parts, and what is refused."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import numpy as np
import pattern_files
import pytest
from test_diffraction_formats import FORMATS, read, written

from topotaxy.errors import InputError
from topotaxy.measurement.diffraction import Options
from topotaxy.measurement.diffraction.record import Pattern

X = 10.0 + 0.1 * np.arange(60)
Y = np.arange(60) % 17 + 3.0


def rows(x: np.ndarray = X, y: np.ndarray = Y, extra: str = "") -> str:
    return "\n".join(f"{a:.4f} {b:g}{extra}" for a, b in zip(x, y, strict=True))


def by(name: str, path: Path, **options: object) -> list[Pattern]:
    return list(FORMATS[name].read(path, Options(**options)))


# --- GSAS ---------------------------------------------------------------------------------------------------


def bank(words: str, body: str, *, title: str = "title") -> str:
    return f"{title}\nBANK 1 {words}\n{body}\n"


def test_gsas_esd_pairs_give_values_and_deviations(tmp_path: Path) -> None:
    body = "".join(f"{v:8.1f}{v / 10:8.2f}" for v in Y[:10])
    (found,) = read(written(tmp_path, "x.gsas", bank("10 2 CONST 1000 10 0 0 ESD", body)))
    np.testing.assert_allclose(found.intensity, Y[:10])
    assert found.esd is not None
    np.testing.assert_allclose(found.esd, Y[:10] / 10, atol=0.006)
    assert found.x[1] - found.x[0] == pytest.approx(0.1)


def test_gsas_fxy_has_no_deviations_and_counts_are_known_by_theirs(tmp_path: Path) -> None:
    body = "\n".join(f"{100 * a:.2f} {b:g}" for a, b in zip(X, Y, strict=True))
    (plain,) = read(written(tmp_path, "a.gsa", bank("60 60 CONS 1000 10 0 0 FXY", body)))
    assert plain.esd is None
    np.testing.assert_allclose(plain.x, X)
    body = "\n".join(f"{100 * a:.2f} {900 + b:g} {np.sqrt(900 + b):.5f}" for a, b in zip(X, Y, strict=True))
    (counted,) = read(written(tmp_path, "b.gsa", bank("60 60 CONS 1000 10 0 0 FXYE", body)))
    assert counted.intensity_unit == "counts"


@pytest.mark.parametrize(
    ("words", "count", "message"),
    [
        ("60 60 CONS 1000 10 0 0 FXY", 40, "holds 40 of 60 points"),
        ("30 30 CONS 1000 10 0 0 FXY", 60, "holds 60 points where its bank line says 30"),
        ("60 60 CONS 2000 10 0 0 FXY", 60, "units are not known"),
        ("0 60 CONS 1000 10 0 0 FXY", 60, "declares 0 channels"),
        ("60 60 RALF 1000 10 0 0 ALT", 60, "ALT are not read"),
        ("9 60 CONS 0 0 0 0 STD", 9, "lacks start and step"),
        ("9 60 LOG6 10 1 0 0 STD", 9, "LOG6 is not read"),
        ("9 60 TIME_MAP 5 STD", 9, "time map 5"),
    ],
)
def test_gsas_banks_that_do_not_hold_what_they_say(
    words: str, count: int, message: str, tmp_path: Path
) -> None:
    if "FXY" in words:
        body = "\n".join(f"{100 * a:.2f} {b:g}" for a, b in zip(X[:count], Y, strict=False))
    else:
        body = "".join(f" 1{b:6.0f}" for b in Y[:count])
    with pytest.raises(InputError, match=message):
        by("GSAS powder data", written(tmp_path, "x.gsas", bank(words, body)))


def test_gsas_says_how_many_points_lack_at_the_end(tmp_path: Path) -> None:
    x = 10.0 + 0.1 * np.arange(100)
    body = "\n".join(f"{100 * a:.2f} 5" for a in x[:99])
    (found,) = read(written(tmp_path, "x.gsa", bank("100 100 CONS 1000 10 0 0 FXY", body)))
    assert "1 of 100 points are missing at the end" in found.notes


def test_gsas_headers_say_wavelength_temperature_and_instrument(tmp_path: Path) -> None:
    head = "# Instrument = virtual laboratory diffractometer\n# wavelength = 0.413\n# Temp (K) = 300"
    body = "\n".join(f"{100 * a:.2f} {b:g}" for a, b in zip(X, Y, strict=True))
    (found,) = read(written(tmp_path, "x.gsa", bank("60 60 CONS 1000 10 0 0 FXY", body, title=head)))
    assert found.wavelength == 0.413
    assert found.temperature == 300.0
    assert found.instrument == "virtual laboratory diffractometer"


def test_gsas_banks_are_numbered_and_each_is_a_record(tmp_path: Path) -> None:
    one = "\n".join(f"{100 * a:.2f} {b:g}" for a, b in zip(X, Y, strict=True))
    text = bank("60 60 CONS 1000 10 0 0 FXY", one) + "BANK 4 60 60 CONS 1000 10 0 0 FXY\n" + one + "\n"
    first, second = read(written(tmp_path, "x.gsa", text))
    assert (first.bank, second.bank) == (1, 4)
    assert "bank 4" in second.notes


@pytest.mark.parametrize(
    "table",
    ["1 1000 10", "1 1000 10 far 2000 20 3000", "1 1000 10 1 2000 20 3000", "1 1000 0 4 1030 20 1130"],
)
def test_gsas_time_maps_that_do_not_rise_are_refused(table: str, tmp_path: Path) -> None:
    count = len(table.split())
    text = (
        f"title\nTIME_MAP1 {count} 1 TIME_MAP 100\n{table}\nBANK 1 8 1 TIME_MAP 1 STD\n"
        + " 1    50" * 8
        + "\n"
    )
    with pytest.raises(InputError, match="time map 1"):
        by("GSAS powder data", written(tmp_path, "x.gsas", text))


def test_gsas_writes_what_it_reads(tmp_path: Path) -> None:
    pattern = Pattern(
        source="x",
        format="here",
        axis="two_theta",
        x=X,
        intensity=Y,
        lines=((0.4131, 1.0),),
        instrument="virtual synchrotron diffractometer",
    )
    path = tmp_path / "w.fxye"
    FORMATS["GSAS powder data"].write(pattern, path)
    (again,) = read(path)
    np.testing.assert_allclose(again.x, X)
    np.testing.assert_allclose(again.intensity, Y)
    assert again.wavelength == pytest.approx(0.4131)
    assert again.instrument == pattern.instrument
    other = Pattern(source="x", format="here", axis="q", x=X, intensity=Y)
    with pytest.raises(InputError, match="cannot be written"):
        FORMATS["GSAS powder data"].write(other, path)


# --- columns of text ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", ["two_theta", "q", "d", "tof"])
def test_columns_write_what_they_read_on_every_axis(axis: str, tmp_path: Path) -> None:
    pattern = Pattern(
        source="x", format="here", axis=axis, x=X, intensity=Y, lines=((1.54, 1.0), (1.544, 0.5))
    )
    path = tmp_path / "w.xye"
    FORMATS["columns of text"].write(pattern, path)
    (again,) = read(path)
    assert again.axis == axis
    assert again.lines == ((1.54, 1.0), (1.544, 0.5))
    np.testing.assert_allclose(again.x, X)
    np.testing.assert_allclose(again.intensity, Y)
    assert again.esd is not None
    np.testing.assert_allclose(again.esd, np.sqrt(Y))


def test_columns_refuse_an_axis_that_they_cannot_name(tmp_path: Path) -> None:
    pattern = Pattern(source="x", format="here", axis="r", x=X, intensity=Y)
    with pytest.raises(InputError, match="cannot be written"):
        FORMATS["columns of text"].write(pattern, tmp_path / "w.xye")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# 2theta\n10 20\n", "one row"),
        ("# 2theta\nno numbers\n", "no rows"),
        ("# 2theta\n" + rows(X[:10], Y[:10]) + "\nword\n" + rows(X[10:], Y[10:]), "found 'word'"),
        ("# 2theta\n" + rows(np.r_[X[:20], X[18:58]]), "does not rise"),
    ],
)
def test_columns_that_are_none_are_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        by("columns of text", written(tmp_path, "x.xy", text))


def test_repeats_are_kept_apart_or_averaged(tmp_path: Path) -> None:
    """The mean of three scans has a deviation smaller by the root of three where all are alike."""
    parts = [Y + k for k in range(3)]
    text = "# 2theta I esd\n" + "\n".join(rows(y=p, extra=" 6.0") for p in parts)
    path = written(tmp_path, "x.xye", text)
    apart = read(path, repeats="separate")
    assert len(apart) == 3
    assert apart[1].notes[-1] == "repeat 2 of 3"
    (mean,) = read(path)
    np.testing.assert_allclose(mean.intensity, Y + 1.0)
    assert mean.esd is not None
    np.testing.assert_allclose(mean.esd, 6.0 / np.sqrt(3.0))


# --- chi, uxd -----------------------------------------------------------------------------------------------


def test_chi_counts_its_points(tmp_path: Path) -> None:
    text = f"title\n2-Theta Angle (Degrees)\nIntensity\n 40\n{rows()}\n"
    with pytest.raises(InputError, match="holds 60 points where its header says 40"):
        by("chi", written(tmp_path, "x.chi", text))
    text = f"title\nTemperature\nIntensity\n 60\n{rows()}\n"
    with pytest.raises(InputError, match="line 2"):
        by("chi", written(tmp_path, "x.chi", text))
    with pytest.raises(InputError, match="four header lines"):
        by("chi", written(tmp_path, "x.chi", rows()))


UXD = "_FILEVERSION=2\n_WL1=1.5406\n; (Data for Range number 1)\n_DRIVE='COUPLED'\n_STEPSIZE=0.1\n_START=10\n"


def test_uxd_counts_per_second_need_their_step_time(tmp_path: Path) -> None:
    values = "\n".join(" ".join(f"{v:g}" for v in part) for part in Y.reshape(12, 5))
    (found,) = read(written(tmp_path, "x.uxd", UXD + "_STEPTIME=4\n_CPS\n" + values + "\n"))
    assert (found.intensity_unit, found.dwell) == ("counts/s", 4.0)
    np.testing.assert_allclose(found.x, X)
    np.testing.assert_allclose(found.intensity, Y)
    assert found.lines == ((1.5406, 1.0),)


def test_uxd_ranges_are_records(tmp_path: Path) -> None:
    one = "_COUNTS\n" + " ".join(f"{v:g}" for v in Y[:10]) + "\n"
    second = "; (Data for Range number 2)\n_DRIVE='COUPLED'\n_STEPSIZE=0.1\n_START=50\n"
    first, other = read(written(tmp_path, "x.uxd", UXD + one + second + one))
    assert (first.x[0], other.x[0]) == (10.0, 50.0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (UXD, "holds no data"),
        (UXD + "_COUNTS\n; nothing\n", "holds no counts"),
        (UXD.replace("_START=10\n", "") + "_COUNTS\n1 2 3 4 5 6\n", "_START is missing"),
        (UXD.replace("_STEPSIZE=0.1", "_STEPSIZE=far") + "_COUNTS\n1 2 3 4 5 6\n", "_STEPSIZE"),
        (UXD + "_2THETACOUNTS\n10 1\n11\n12 3\n13 4\n14 5\n15 6\n", "without an angle"),
        (UXD.replace("COUPLED", "KHI") + "_COUNTS\n1 2 3 4 5 6\n", "KHI"),
    ],
)
def test_uxd_that_lacks_something_is_refused_by_what_it_lacks(
    text: str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=message):
        by("Bruker UXD", written(tmp_path, "x.uxd", text))


# --- XML ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('<positions axis="2Theta"', '<positions axis="Omega"', "no axis 2Theta"),
        ("<startPosition>25.0</startPosition>", "", "lacks start or end"),
        ("<dataPoints>", "<dataPoints/><other>", "damaged or cut XML|no data points"),
        ("<kAlpha1", "<", "damaged or cut XML"),
        ("<xrdMeasurement>", '<!DOCTYPE a [<!ENTITY b "c">]><xrdMeasurement>', "entit|damaged"),
    ],
)
def test_xrdml_that_is_damaged_is_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    text = pattern_files.xrdml().decode()
    assert old in text
    with pytest.raises(InputError, match=message):
        by("PANalytical XRDML", written(tmp_path, "x.xrdml", text.replace(old, new, 1)))


def test_xrdml_of_one_line_has_one(tmp_path: Path) -> None:
    text = pattern_files.xrdml().decode().replace("K-Alpha", "K-Alpha 1", 1)
    (found,) = read(written(tmp_path, "x.xrdml", text))
    assert found.lines == ((1.5405929, 1.0),)
    assert found.dwell == 10.0


def archive(parts: dict[str, str]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as one:
        for name, text in parts.items():
            one.writestr(name, text)
    return made.getvalue()


def test_brml_axes_are_taken_by_name_not_by_place(tmp_path: Path) -> None:
    data = "".join(f"<Datum>1,1,{a / 2:.4f},{a:.4f},{b:g}</Datum>" for a, b in zip(X, Y, strict=True))
    raw = (
        '<RawData><DataRoutes><DataRoute><ScanInformation><ScanAxes><ScanAxisInfo AxisId="Theta"/>'
        '<ScanAxisInfo AxisId="TwoTheta"/></ScanAxes></ScanInformation>'
        f"{data}</DataRoute></DataRoutes></RawData>"
    )
    parts = {"Experiment0/MeasurementContainer.xml": "<a/>", "Experiment0/RawData0.xml": raw}
    (found,) = read(written(tmp_path, "x.brml", archive(parts)))
    np.testing.assert_allclose(found.x, X)
    assert found.lines == ()
    parts["Experiment0/RawData1.xml"] = raw
    assert [p.notes for p in read(written(tmp_path, "y.brml", archive(parts)))] == [
        ("part Experiment0/RawData0.xml",),
        ("part Experiment0/RawData1.xml",),
    ]
    parts = {"Experiment0/MeasurementContainer.xml": "<a/>"}
    with pytest.raises(InputError, match="no RawData"):
        by("Bruker BRML", written(tmp_path, "z.brml", archive(parts)))
    parts["Experiment0/RawData0.xml"] = raw.replace("TwoTheta", "Phi")
    with pytest.raises(InputError, match="no scan of 2θ"):
        by("Bruker BRML", written(tmp_path, "z.brml", archive(parts)))
    parts["Experiment0/RawData0.xml"] = raw.replace("<Datum>1,1,5.0000,", "<Datum>1,", 1)
    with pytest.raises(InputError, match="unequal length"):
        by("Bruker BRML", written(tmp_path, "z.brml", archive(parts)))


def test_rasx_attenuators_multiply_and_make_deviations(tmp_path: Path) -> None:
    factor = np.where(X > 13.0, 10.0, 1.0)
    text = "\n".join(f"{a:.4f}\t{b:g}\t{c:g}" for a, b, c in zip(X, Y, factor, strict=True))
    (found,) = by(
        "Rigaku RASX", written(tmp_path, "x.rasx", archive({"Data0/Profile0.txt": text})), axis="two_theta"
    )
    np.testing.assert_allclose(found.intensity, Y * factor)
    assert found.esd is not None
    np.testing.assert_allclose(found.esd, factor * np.sqrt(Y))
    with pytest.raises(InputError, match="give the option axis"):
        by("Rigaku RASX", written(tmp_path, "x.rasx", archive({"Data0/Profile0.txt": text})))
    bad = text.replace("\t10\n", "\t0\n", 1)
    with pytest.raises(InputError, match="above zero"):
        by("Rigaku RASX", written(tmp_path, "x.rasx", archive({"Data0/Profile0.txt": bad})), axis="two_theta")


def test_rasx_of_another_scan_is_refused_by_name(tmp_path: Path) -> None:
    conditions = "<MeasurementConditions><AxisName>Phi</AxisName></MeasurementConditions>"
    parts = {"Data0/Profile0.txt": rows(), "Data0/MesurementConditions0.xml": conditions}
    with pytest.raises(InputError, match="scan of Phi"):
        by("Rigaku RASX", written(tmp_path, "x.rasx", archive(parts)))


# --- CIF and G(r) -------------------------------------------------------------------------------------------


def cif(body: str) -> str:
    return f"data_x\n_diffrn_radiation_probe neutron\n_diffrn_radiation_wavelength 1.494\n{body}\n"


def test_deviations_in_brackets_are_read(tmp_path: Path) -> None:
    text = cif(
        "loop_\n_pd_proc_d_spacing\n_pd_proc_intensity_total\n"
        + "\n".join(f"{0.5 + 0.01 * k:.3f} 1{k}.50(25)" for k in range(10, 60))
    )
    (found,) = read(written(tmp_path, "x.cif", text))
    assert found.axis == "d"
    assert found.esd is not None
    np.testing.assert_allclose(found.esd, 0.25)
    assert (found.radiation, found.lines) == ("neutron", ((1.494, 1.0),))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("_cell_length_a 4.2\n_pd_block_id x", "no measured powder pattern"),
        ("loop_\n_pd_meas_counts_total\n1\n2\n3\n4\n5\n6", "no axis that is read"),
        ("loop_\n_pd_meas_2theta_scan\n_pd_meas_counts_total\n1 ?\n2 3\n3 4\n4 5\n5 6", "no number"),
        (
            "_pd_meas_2theta_range_min 10\n_pd_meas_2theta_range_max 20\n_pd_meas_2theta_range_inc 1\n"
            "loop_\n_pd_meas_counts_total\n1\n2\n3\n4\n5\n6",
            "do not agree",
        ),
        ("loop_\n_pd_meas_counts_total\n'unclosed", "no CIF"),
    ],
)
def test_cif_without_a_pattern_is_refused(body: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message):
        by("powder CIF", written(tmp_path, "x.cif", cif(body)))


@pytest.mark.parametrize(
    ("header", "radiation"),
    [
        ("prep=gsas\n#L r G", "neutron"),
        ("stype = X\n#L r(A) G(r)", "X-ray"),
        ("# vanadium corrected", "neutron"),
        ("# nothing", None),
    ],
)
def test_pair_distributions_say_their_radiation_by_their_program(
    header: str, radiation: str | None, tmp_path: Path
) -> None:
    (found,) = by("pair distribution function", written(tmp_path, "x.gr", f"{header}\n{rows()}\n"))
    assert found.axis == "r"
    assert found.intensity_unit == "G"
    assert found.radiation == radiation
    (given,) = by(
        "pair distribution function", written(tmp_path, "x.gr", f"# nothing\n{rows()}\n"), radiation="X-ray"
    )
    assert given.radiation == "X-ray"


def test_the_error_of_g_stands_where_the_header_says(tmp_path: Path) -> None:
    text = "#L r(A) G(r) dG\n" + rows(extra=" 0.5") + "\n"
    (found,) = by("pair distribution function", written(tmp_path, "x.gr", text))
    assert found.esd is not None
    np.testing.assert_allclose(found.esd, 0.5)
