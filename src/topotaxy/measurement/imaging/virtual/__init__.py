"""The virtual microscope: a slab of a specimen, the wave behind it, the lens, the scan and the camera."""
