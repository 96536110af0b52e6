"""Pages of the results folders: a lattice run, a cell, a study."""
