"""Virtual scanners: everything that talks to a target, and nothing that judges it."""

__version__ = "0.1.0"
