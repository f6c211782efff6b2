"""The IOD checker: bytes, a path or a pydicom Dataset in, findings out.

>>> from scanproof.iod import Checker
>>> checker = Checker()
>>> checked = checker.check_file("image.dcm")                                # doctest: +SKIP
>>> [f"{finding.tag}: {finding.message}" for finding in checked.errors]      # doctest: +SKIP
['PatientSex: value 1 is 'X', not one of F, M, O']

`Checker` keeps what it has learned of elements and structures, so a series is checked at wire speed: use one for many
files. `check_dataset` takes the encoded data set of a C-STORE, `check` any of them. It does no I/O but reading the file
that it is given. `SeriesChecker` compares the instances of an exam: give it every `Checked` as it comes.
`against_item` and `against_step` compare the instances with the worklist item that they were made for, and with the
performed procedure step that names them. `judge_element` and `private_findings` judge what every data set has to keep
to, such as that of a query, which has no IOD.

A finding has a stable ``rule`` id, a ``level`` (error, warning, info), the path of the attribute, a message, a clause,
and an offset where that helps (of a deflated data set: in the inflated bytes). Offsets of a file count from its first
byte, those of a data set from its own.

Public is what stands here (docs/decisions/0009); `against_item`, `against_step`, `judge_element` and
`private_findings` take the `DataSet` of scansim, and may change with it. The rest of this project uses two modules
besides: `scanproof.iod.rules` tells more of each rule, `scanproof.iod.command` is `scanproof check`. The rooms behind
them are nobody else's business; each uses those before it:

``finding``    what the checker says
``encoded``    the bytes of a data set, found and not yet judged
``tables``     what the standard says: IODs, conditions, listed values, numbers of items
``judgement``  values, attributes, content trees, and what has to agree within one data set
``engine``     one file's bytes through all of it, with the memory of what was learned
``across``     instances beside each other, and beside their order
"""

from scanproof.iod.across.item_and_step import against_item, against_step
from scanproof.iod.across.series import SeriesChecker, SeriesFinding
from scanproof.iod.engine.checker import Checker
from scanproof.iod.finding import Checked, IodFinding, IodLevel
from scanproof.iod.judgement.private import private_findings
from scanproof.iod.judgement.values import judge_element

__all__ = [
    "Checked",
    "Checker",
    "IodFinding",
    "IodLevel",
    "SeriesChecker",
    "SeriesFinding",
    "against_item",
    "against_step",
    "judge_element",
    "private_findings",
]
