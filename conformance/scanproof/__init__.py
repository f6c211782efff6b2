"""Judges: checks, claims and reports over the transcripts of virtual scanners."""

__version__ = "0.1.0"
