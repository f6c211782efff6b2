"""The IOD checker: bytes, a path or a pydicom Dataset in, findings out.

>>> from scanproof.iod import Checker
>>> checker = Checker()
>>> checked = checker.check_file("image.dcm")                                # doctest: +SKIP
>>> [f"{finding.tag}: {finding.message}" for finding in checked.errors]      # doctest: +SKIP
['PatientSex: value 1 is 'X', not one of F, M, O']

`Checker` keeps what it has learned of elements and structures, so a series is checked at wire speed: use one for many
files. `check_dataset` takes the encoded data set of a C-STORE, `check` any of them. It does no I/O but reading the file
that it is given. `SeriesChecker` compares the instances of an exam: give it every `Checked` as it comes.

A finding has a stable ``rule`` id, a ``level`` (error, warning, info), the path of the attribute, a message, a clause,
and an offset where that helps (of a deflated data set: in the inflated bytes); `scanproof.iod.rules` tells more of each
rule. Offsets of a file count from its first byte, those of a data set from its own.
"""

from scanproof.iod.checker import Checked, Checker
from scanproof.iod.finding import IodFinding, IodLevel
from scanproof.iod.series import SeriesChecker

__all__ = ["Checked", "Checker", "IodFinding", "IodLevel", "SeriesChecker"]
