"""Templates that others include: observer, procedure and subject, participants, language, algorithm (PS3.16, 2020)."""

from __future__ import annotations

from scanproof.iod.tables.templates.conditions import there, valued
from scanproof.iod.tables.templates.rows import Template, template

TEMPLATES: tuple[Template, ...] = (
    template(
        "1001",
        """
1 | INCLUDE 1002 |  | 1-n | MC | IF observed
2 | INCLUDE 1005 |  | 1   | U
3 | INCLUDE 1006 |  | 1   | U
""",
        {"observed": there("121005")},
        extensible=False,
    ),
    template(
        "1002",
        """
1 | HAS OBS CONTEXT CODE | 121005 | 1 | U  | CID 270
2 | INCLUDE 1003         |        | 1 | MC | IF person
3 | INCLUDE 1004         |        | 1 | MC | IF device
""",
        {"person": valued("121005", "121006"), "device": valued("121005", "121007")},
        extensible=False,
    ),
    template(
        "1003",
        """
1  | HAS OBS CONTEXT PNAME  | 121008 | 1 | M
1a | HAS OBS CONTEXT TEXT   | 128774 | 1 | U
2  | HAS OBS CONTEXT TEXT   | 121009 | 1 | U
3  | HAS OBS CONTEXT CODE   | 121010 | 1 | U | CID 7452
4  | HAS OBS CONTEXT CODE   | 121011 | 1 | U | CID 7453
5  | > HAS OBS CONTEXT TEXT | 128775 | 1 | U
""",
    ),
    template(
        "1004",
        """
1 | HAS OBS CONTEXT UIDREF | 121012 | 1   | M
2 | HAS OBS CONTEXT TEXT   | 121013 | 1   | U
3 | HAS OBS CONTEXT TEXT   | 121014 | 1   | U
4 | HAS OBS CONTEXT TEXT   | 121015 | 1   | U
5 | HAS OBS CONTEXT TEXT   | 121016 | 1   | U
6 | HAS OBS CONTEXT TEXT   | 121017 | 1   | U
7 | HAS OBS CONTEXT CODE   | 113876 | 1-n | U | CID 7445
""",
    ),
    template(
        "1005",
        """
1 | HAS OBS CONTEXT UIDREF | 121018 | 1   | U
2 | HAS OBS CONTEXT UIDREF | 121019 | 1-n | U
3 | HAS OBS CONTEXT TEXT   | 121020 | 1   | U
4 | > HAS CONCEPT MOD TEXT | 110190 | 1   | U
5 | HAS OBS CONTEXT TEXT   | 121021 | 1   | U
6 | > HAS CONCEPT MOD TEXT | 110190 | 1   | U
7 | HAS OBS CONTEXT TEXT   | 121022 | 1   | U
8 | > HAS CONCEPT MOD TEXT | 110190 | 1   | U
9 | HAS OBS CONTEXT CODE   | 121023 | 1-n | U
""",
        extensible=False,
    ),
    template(
        "1006",
        """
1 | HAS OBS CONTEXT CODE | 121024 | 1 | U | CID 271
2 | INCLUDE 1007         |        | 1 | U
3 | INCLUDE 1008         |        | 1 | U
4 | INCLUDE 1009         |        | 1 | U
5 | INCLUDE 1010         |        | 1 | U
""",
        extensible=False,
    ),
    template(
        "1007",
        """
1 | HAS OBS CONTEXT UIDREF | 121028        | 1 | U
2 | HAS OBS CONTEXT PNAME  | 121029        | 1 | U
4 | HAS OBS CONTEXT DATE   | 121031        | 1 | U
5 | HAS OBS CONTEXT CODE   | 121032        | 1 | U | CID 7455
6 | HAS OBS CONTEXT NUM    | 121033        | 1 | U
7 | HAS OBS CONTEXT CODE   | 121034        | 1 | U | CID 7454
8 | HAS OBS CONTEXT CODE   | 121035        | 1 | U | CID 7480
9 | HAS OBS CONTEXT CODE   | SCT:415229000 | 1 | U | CID 6099
""",
    ),
    template(
        "1008",
        """
1 | HAS OBS CONTEXT PNAME  | 121036     | 1 | U
2 | HAS OBS CONTEXT UIDREF | 121028     | 1 | U
3 | HAS OBS CONTEXT TEXT   | 121030     | 1 | U
4 | HAS OBS CONTEXT TEXT   | LN:11951-1 | 1 | U
5 | HAS OBS CONTEXT NUM    | LN:11878-6 | 1 | U | unit 1
""",
    ),
    template(
        "1009",
        """
1 | HAS OBS CONTEXT UIDREF | 121039        | 1 | U
2 | INCLUDE 1007           |               | 1 | U
3 | HAS OBS CONTEXT TEXT   | 121041        | 1 | U
4 | HAS OBS CONTEXT TEXT   | 111724        | 1 | U
5 | HAS OBS CONTEXT CODE   | SCT:371439000 | 1 | U | CID 8103
6 | HAS OBS CONTEXT TEXT   | 111700        | 1 | U
""",
    ),
    template(
        "1010",
        """
1 | HAS OBS CONTEXT TEXT   | 121193 | 1 | M
2 | HAS OBS CONTEXT UIDREF | 121198 | 1 | U
3 | HAS OBS CONTEXT TEXT   | 121194 | 1 | U
4 | HAS OBS CONTEXT TEXT   | 121195 | 1 | U
5 | HAS OBS CONTEXT TEXT   | 121196 | 1 | U
6 | HAS OBS CONTEXT TEXT   | 121197 | 1 | U
""",
    ),
    template(
        "1020",
        """
1 | CONTAINS PNAME        | 113870 | 1 | M
2 | > HAS PROPERTIES CODE | 113875 | 1 | M
3 | > HAS PROPERTIES TEXT | 113871 | 1 | U
4 | > HAS PROPERTIES TEXT | 113872 | 1 | U
5 | > HAS PROPERTIES TEXT | 113873 | 1 | U
6 | > HAS PROPERTIES CODE | 113874 | 1 | U | CID 7452
""",
    ),
    template(
        "1021",
        """
1 | CONTAINS CODE           | 113876 | 1-2 | M
2 | > HAS PROPERTIES TEXT   | 113877 | 1   | U
3 | > HAS PROPERTIES TEXT   | 113878 | 1   | M
4 | > HAS PROPERTIES TEXT   | 113879 | 1   | M
5 | > HAS PROPERTIES TEXT   | 113880 | 1   | M
6 | > HAS PROPERTIES UIDREF | 121012 | 1   | M
""",
    ),
    template(
        "1204",
        """
1 | HAS CONCEPT MOD CODE   | 121049 | 1 | M | CID 5000
2 | > HAS CONCEPT MOD CODE | 121046 | 1 | U | CID 5001
""",
        extensible=False,
    ),
    template(
        "4019",
        """
1 | TEXT | 111001 | 1   | M
2 | TEXT | 111003 | 1   | M
3 | TEXT | 111002 | 1-n | U
""",
        extensible=False,
    ),
    template(
        "4108",
        """
1 | HAS OBS CONTEXT TEXT   | 112039 | 1 | U
2 | HAS OBS CONTEXT UIDREF | 112040 | 1 | U
""",
        extensible=False,
    ),
)
