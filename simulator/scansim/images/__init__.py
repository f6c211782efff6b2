"""Synthetic images: what a virtual scanner acquires for one exam."""

from scansim.images.acquisition import acquire
from scansim.images.series import Instance, SeriesPlan

__all__ = ["Instance", "SeriesPlan", "acquire"]
