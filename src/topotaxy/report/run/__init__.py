"""What the folder of a lattice run says: figures, tables and words, as content."""
