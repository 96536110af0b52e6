"""A cell of one's own composition: from a formula to its capacity at two currents, with a plot.

The lattice runs of the first step take a minute or two; larger boxes and more replicas (as the
shipped tables have) take longer and scatter less.
"""

from matplotlib import pyplot

from topotaxy.cell.cycling import Cycler, Leg
from topotaxy.cell.model import ConversionHalfCell
from topotaxy.cell.parameters import half_cell_parameters
from topotaxy.spec import spec_from_text
from topotaxy.studies.cell_tables import cell_tables

TEXT = 'name = "mine"\n[electrode]\nformula = "Mg0.4Ni0.3Cu0.3O"\n[cell]\nion = "Na"\n'
branches = cell_tables(spec_from_text(TEXT), cells=4, cycles=5, replicas=6)
cell = Cycler(ConversionHalfCell(), half_cell_parameters(branches))
for current in (0.1, 1.0):
    record = cell.run([Leg(cycles=2, current=current)], keep_curves=(2,))
    for seconds, voltage, amperes in record.curves[2]:
        pyplot.plot(abs(amperes) * seconds / 3.6, voltage, label=f"{amperes[0]:+g} A/g")
    print(f"{current} A/g: {record.charge[1]:.0f} mAh per gram of host in the second cycle")
pyplot.xlabel("mAh/g")
pyplot.ylabel("V against Na")
pyplot.legend()
pyplot.savefig("own_cell.png")
