"""``python -m scanproof``."""

from scanproof.cli import program

program()
