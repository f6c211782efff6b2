"""The embedded reference target: correct by the standard, able to show exactly one named wrong behaviour.

It exists so that the harness can prove itself: every check must pass against the plain target, and the checks that a
`Defect` names must fail when that defect is switched on. It is built on pynetdicom, so that the simulator's own codec
and its counterpart share no bug; only the wrong messages of `rewrite` are made with the project's own codec, and the
bytes that come in are cut into PDUs by it (`upper_layer`), because a stranger may send any.

`process.start` runs it as a process of its own; nothing that a test or a runner imports from here (`config`, `defects`,
`process`) needs pynetdicom.
"""

from scansim.reference.config import ReferenceConfig
from scansim.reference.defect import Defect
from scansim.reference.defects import DEFECTS
from scansim.reference.process import ReferenceTargetError, RunningTarget, start

__all__ = ["DEFECTS", "Defect", "ReferenceConfig", "ReferenceTargetError", "RunningTarget", "start"]
