"""Key Object Selection: TID 2010 (PS3.16, 2020)."""

from __future__ import annotations

from scanproof.iod.tables.templates.conditions import absent, there, there_is
from scanproof.iod.tables.templates.rows import Template, template

TEMPLATES: tuple[Template, ...] = (
    template(
        "2010",
        """
1  | CONTAINER              | CID 7010 | 1   | M
2  | > HAS CONCEPT MOD CODE | 113011   | 1-n | U
5  | > INCLUDE 1204         |          | 1   | U
6  | > INCLUDE 1002         |          | 1-n | MC | IF observed
7  | > CONTAINS TEXT        | 113012   | 1   | U
8  | > CONTAINS IMAGE       |          | 1-n | MC | unnamed | IF no other reference than images
9  | > CONTAINS WAVEFORM    |          | 1-n | MC | unnamed | IF no other reference than waveforms
10 | > CONTAINS COMPOSITE   |          | 1-n | MC | unnamed | IF no other reference than composites
""",
        {
            "observed": there("121005"),
            "no other reference than images": absent(there_is("WAVEFORM"), there_is("COMPOSITE")),
            "no other reference than waveforms": absent(there_is("IMAGE"), there_is("COMPOSITE")),
            "no other reference than composites": absent(there_is("IMAGE"), there_is("WAVEFORM")),
        },
        extensible=False,
    ),
)
