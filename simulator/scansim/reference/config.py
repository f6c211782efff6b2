"""What can be configured about the reference target."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from scansim.reference.defects import DEFECTS

#: What a line on standard error begins with that tells what the target could not write.
TROUBLE = "scansim.reference: cannot write: "


@dataclass(frozen=True)
class ReferenceConfig:
    """Configuration of one reference target.

    Parameters
    ----------
    ae : str
        Its AE title; associations that call another one are rejected (1/1/7), any calling AE title is welcome.
    host, port : str, int
        Where it listens; port 0 takes a free one.
    folder : pathlib.Path or None
        Where its database and files are kept; None makes a temporary folder that goes away with the target.
    peers : mapping of str to (str, int)
        Host and port of other AE titles: destinations of C-MOVE, and of commitment reports on a new association.
    commitment : {"same", "new"}
        The association that a commitment report is sent on (PS3.4 J.3.3.1.2): that of the request while it is open, or
        always a new one.
    commitment_delay : float
        Time from the N-ACTION response to the report, in s.
    artim : float
        The ARTIM timer (PS3.8 9.1.5), in s: how long a connection may be open without an association, before
        A-ASSOCIATE-RQ and after A-RELEASE-RP, A-ASSOCIATE-RJ or A-ABORT.
    longest : int
        Bytes of a data set that is stored. One that is longer ends its association.
    defect : str or None
        Name of the one wrong behaviour to show, out of `DEFECTS`.
    admits : {"called", "all", "known"}
        Whom it takes: whoever calls it by its title, anybody, or those of `peers` that call it by its title; others
        are rejected with 1/1/7, and those that are not known with 1/1/3.
    any_class : bool
        Whether it stores instances of SOP Classes that it does not know.
    """

    ae: str = "REFERENCE"
    host: str = "127.0.0.1"
    port: int = 0
    folder: Path | None = None
    peers: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    commitment: Literal["same", "new"] = "new"
    commitment_delay: float = 0.05
    artim: float = 30.0
    longest: int = 1 << 30
    defect: str | None = None
    admits: Literal["called", "all", "known"] = "called"
    any_class: bool = False

    def __post_init__(self) -> None:
        if self.defect is not None and self.defect not in DEFECTS:
            raise ValueError(f"defect {self.defect!r} is not known; there are: {', '.join(sorted(DEFECTS))}")
        if not self.ae.strip() or len(self.ae) > 16:
            raise ValueError(f"AE title {self.ae!r}: 1 to 16 characters are needed (PS3.5 6.2)")

    def planted(self, name: str) -> bool:
        """Whether the defect `name` is switched on; KeyError for a name that the registry lacks."""
        return DEFECTS[name].name == self.defect
