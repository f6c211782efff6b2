"""``python -m scanproof``."""

from scanproof.cli import main

main()
