"""Spectra and spectrum images of electron microscopes, as their files hold them."""
