"""What the folder of a cell's run says: figures, tables and words, as content."""
