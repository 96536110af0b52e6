"""A cell of one's own composition: from a formula to its capacity at two currents, with a plot.

The draws of the lattice take a minute; more of them, in larger boxes (as those that ship), scatter less. The
parameters of the cell are carried over from another material, and the material says so.
"""

from pathlib import Path

from matplotlib import pyplot

from topotaxy.cell.cycling import Cycler, Leg
from topotaxy.cell.draws import write_draws
from topotaxy.cell.material import cell_material
from topotaxy.cell.model import ConversionHalfCell
from topotaxy.cell.parameters import half_cell_parameters
from topotaxy.spec import spec_from_text
from topotaxy.studies.draw_runs import Protocol, table_of
from topotaxy.studies.draws import campaign, provenance_of, run_draws

TEXT = 'name = "mine"\n[electrode]\nformula = "Mg0.4Ni0.3Cu0.3O"\n[cell]\nion = "Na"\n'
plan = campaign("mine", [spec_from_text(TEXT)], draws=1, protocol=Protocol(cells=5, replicas=2))
rows = run_draws(plan, Path("mine-draws"))
write_draws(table_of(plan, rows, provenance_of(plan, rows)), Path("mine.npz"))
material = cell_material("mine-na")
print(f"parameters of the cell: {material.basis} from {material.posterior}")
cell = Cycler(ConversionHalfCell(), half_cell_parameters(material))
for current in (0.1, 1.0):
    record = cell.run([Leg(cycles=2, current=current)], keep_curves=(2,))
    for seconds, voltage, amperes in record.curves[2]:
        pyplot.plot(abs(amperes) * seconds / 3.6, voltage, label=f"{amperes[0]:+g} A/g")
    print(f"{current} A/g: {record.charge[1]:.0f} mAh per gram of host in the second cycle")
pyplot.xlabel("mAh/g")
pyplot.ylabel("V against Na")
pyplot.legend()
pyplot.savefig("own_cell.png")
