"""Studies: many runs towards one answer."""
