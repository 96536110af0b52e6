"""A cell of one's own composition: from a formula to its capacity at two currents, with a plot.

    python examples/own_cell.py

The tables of the lattice take seconds and are kept. The parameters of the cell are carried over from another
material, and the material says so.
"""

from matplotlib import pyplot

from topotaxy.cell.cycling import Cycler, Leg
from topotaxy.cell.model import ConversionHalfCell
from topotaxy.cell.parameters import half_cell_parameters
from topotaxy.runs import lattice_material

material = lattice_material("Mg0.4Ni0.3Cu0.3O", ion="Na")
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
