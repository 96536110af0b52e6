"""Records of real or virtual instruments, read into tables from which observables follow."""
