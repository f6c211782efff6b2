"""Chapters of a statement that nothing here drives yet."""

from scanproof.observing import observing

observing("undriven", reason="no driver yet")
