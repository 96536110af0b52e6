"""The results folder: publish and resume, provenance, and the declared schema of its dataset."""
