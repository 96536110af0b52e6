"""From a particle to a cell: PyBaMM models fed by the lattice."""
