"""The IOD checker: bytes or a path in, findings out.

>>> from scanproof.iod import Checker
>>> findings = Checker().check_file("image.dcm")          # doctest: +SKIP

`Checker` keeps what it has learned of elements and structures, so a series is checked at wire speed: use one for many
files. It does no I/O but reading the file that it is given.
"""

from scanproof.iod.checker import Checker
from scanproof.iod.finding import IodFinding, IodLevel

__all__ = ["Checker", "IodFinding", "IodLevel"]
