"""Measurement reports: TID 1500 with its groups, measurements and image library (PS3.16, 2020)."""

from __future__ import annotations

from collections.abc import Callable

from scanproof.iod.tables.templates.conditions import absent, both, either, template_of, there
from scanproof.iod.tables.templates.rows import Template, template
from scansim.wire.dataset import DataSet

_MEASURED, _DERIVED, _EVALUATED = there("126010"), there("126011"), there("UMLS:C0034375")
_REGION = either(there("111030"), there("121214"), there("121191"), there("121231"), there("130488"))
_SEGMENTED = either(there("121191"), there("121231"))
_GROUPS = ("1410", "1411", "1501")


def _group(tid: str) -> Callable[[DataSet], bool]:
    """Whether a measurement group says that it follows a template; of one that does not say, nothing is known."""
    return lambda item: template_of(item) == tid if tid != "1501" else template_of(item) not in ("1410", "1411")


TEMPLATES: tuple[Template, ...] = (
    template(
        "1500",
        """
1  | CONTAINER                      | CID 7021      | 1   | M
2  | > HAS CONCEPT MOD INCLUDE 1204 |               | 1   | M
3  | > HAS OBS CONTEXT INCLUDE 1001 |               | 1   | M
4  | > HAS CONCEPT MOD CODE         | 121058        | 1-n | M  | CID 100
5  | > CONTAINS INCLUDE 1600        |               | 1   | U
6  | > CONTAINS CONTAINER           | 126010        | 1   | MC | IF nothing derived or evaluated
7  | >> CONTAINS INCLUDE 1410       |               | 1-n | UC | FOR plane
8  | >> CONTAINS INCLUDE 1411       |               | 1-n | UC | FOR volume
9  | >> CONTAINS INCLUDE 1501       |               | 1-n | UC | FOR other
10 | > CONTAINS CONTAINER           | 126011        | 1   | MC | IF nothing measured or evaluated
11 | >> CONTAINS INCLUDE 1420       |               | 1-n | U
12 | > CONTAINS CONTAINER           | UMLS:C0034375 | 1   | MC | IF nothing measured or derived
13 | >> CONTAINS CODE               |               | 1-n | U
14 | >> CONTAINS TEXT               |               | 1-n | U
""",
        {
            "nothing derived or evaluated": absent(_DERIVED, _EVALUATED),
            "nothing measured or evaluated": absent(_MEASURED, _EVALUATED),
            "nothing measured or derived": absent(_MEASURED, _DERIVED),
        },
        {"plane": _group("1410"), "volume": _group("1411"), "other": _group("1501")},
    ),
    template(
        "1501",
        """
1  | CONTAINS CONTAINER             | 125007        | 1-n | U
1b | > HAS OBS CONTEXT TEXT         | NCIt:C67447   | 1   | U
2  | > HAS OBS CONTEXT TEXT         | 112039        | 1   | M
3  | > HAS OBS CONTEXT UIDREF       | 112040        | 1   | M
3b | > CONTAINS CODE                | 121071        | 1   | U
4  | > HAS OBS CONTEXT INCLUDE 1502 |               | 1   | U
5  | > HAS CONCEPT MOD CODE         | SCT:370129005 | 1   | U
6  | > HAS CONCEPT MOD CODE         | SCT:363698007 | 1-n | U
7  | >> HAS CONCEPT MOD CODE        | SCT:272741003 | 1   | U | CID 244
8  | >> HAS CONCEPT MOD CODE        | SCT:106233006 | 1   | U
9  | > CONTAINS COMPOSITE           | 126100        | 1   | U
10 | > CONTAINS INCLUDE 300         |               | 1-n | U
11 | > CONTAINS CODE                |               | 1-n | U
12 | > CONTAINS TEXT                |               | 1-n | U
""",
    ),
    template(
        "1502",
        """
1 | HAS OBS CONTEXT TEXT | 126070        | 1   | U
2 | HAS OBS CONTEXT TEXT | 126071        | 1   | U
3 | HAS OBS CONTEXT TEXT | UMLS:C2348792 | 1   | U
4 | HAS OBS CONTEXT CODE | 126072        | 1-n | U
5 | HAS OBS CONTEXT NUM  | 126073        | 1   | U
""",
    ),
    template(
        "1410",
        """
1  | CONTAINER                      | 125007      | 1   | M
1b | > HAS OBS CONTEXT TEXT         | NCIt:C67447 | 1   | U
2  | > HAS OBS CONTEXT TEXT         | 112039      | 1   | M
3  | > HAS OBS CONTEXT UIDREF       | 112040      | 1   | M
3b | > CONTAINS CODE                | 121071      | 1   | U
3c | > CONTAINS CODE                | 130400      | 1   | U  | CID 219
4  | > HAS OBS CONTEXT INCLUDE 1502 |             | 1   | U
5  | > CONTAINS SCOORD              | 111030      | 1   | MC | IF no region
6  | >> SELECTED FROM IMAGE         |             | 1   | M
6b | > CONTAINS SCOORD3D            | 111030      | 1   | U
7  | > CONTAINS IMAGE               | 121214      | 1   | MC | IF no region
8  | > CONTAINS IMAGE               | 121233      | 1-n | MC | IF segmented
9  | > CONTAINS IMAGE               | 121200      | 1   | U
10 | > CONTAINS COMPOSITE           | 126100      | 1   | U
11 | > CONTAINS INCLUDE 1419        |             | 1   | U
12 | > CONTAINS CODE                |             | 1-n | U
13 | > CONTAINS TEXT                |             | 1-n | U
""",
        {"no region": absent(_REGION), "segmented": there("121214")},
    ),
    template(
        "1411",
        """
1  | CONTAINER                      | 125007      | 1   | M
1b | > HAS OBS CONTEXT TEXT         | NCIt:C67447 | 1   | U
2  | > HAS OBS CONTEXT TEXT         | 112039      | 1   | M
3  | > HAS OBS CONTEXT UIDREF       | 112040      | 1   | M
3b | > CONTAINS CODE                | 121071      | 1   | U
3c | > CONTAINS CODE                | 130400      | 1   | U  | CID 219
4  | > HAS OBS CONTEXT INCLUDE 1502 |             | 1   | U
5  | > CONTAINS SCOORD              | 111030      | 1-n | MC | IF no region
6  | >> SELECTED FROM IMAGE         |             | 1   | M
6b | > CONTAINS SCOORD3D            | 111030      | 1-n | U
7  | > CONTAINS IMAGE               | 121191      | 1   | MC | IF no region
10 | > CONTAINS SCOORD3D            | 121231      | 1-n | MC | IF no region
11 | > CONTAINS IMAGE               | 121233      | 1-n | MC | IF segmented without series
12 | > CONTAINS UIDREF              | 121232      | 1   | MC | IF segmented without images
13 | > CONTAINS IMAGE               | 121200      | 1-n | U
14 | > CONTAINS COMPOSITE           | 126100      | 1   | U
15 | > CONTAINS INCLUDE 1419        |             | 1   | U
16 | > CONTAINS CODE                |             | 1-n | U
17 | > CONTAINS TEXT                |             | 1-n | U
""",
        {
            "no region": absent(_REGION),
            "segmented without series": both(_SEGMENTED, absent(there("121232"))),
            "segmented without images": both(_SEGMENTED, absent(there("121233"))),
        },
    ),
    template(
        "1419",
        """
1  | HAS CONCEPT MOD CODE         | SCT:370129005 | 1   | U
2  | HAS CONCEPT MOD CODE         | SCT:363698007 | 1-n | U
3  | > HAS CONCEPT MOD CODE       | SCT:272741003 | 1   | U | CID 244
4  | > HAS CONCEPT MOD CODE       | SCT:106233006 | 1   | U
5  | CONTAINS NUM                 |               | 1-n | M
6  | > HAS CONCEPT MOD CODE       |               | 1-n | U
7  | > HAS CONCEPT MOD CODE       | SCT:370129005 | 1   | U
8  | > HAS CONCEPT MOD CODE       | 121401        | 1   | U
9  | > HAS CONCEPT MOD CODE       | SCT:363698007 | 1-n | U
10 | >> HAS CONCEPT MOD CODE      | SCT:272741003 | 1   | U | CID 244
11 | >> HAS CONCEPT MOD CODE      | SCT:106233006 | 1   | U
12 | > HAS PROPERTIES INCLUDE 310 |               | 1   | U
13 | > INFERRED FROM NUM          |               | 1-n | U
14 | > INFERRED FROM NUM          |               | 1-n | U
15 | > INFERRED FROM INCLUDE 315  |               | 1   | U
16 | > INFERRED FROM TEXT         | CID 228       | 1   | U
18 | > HAS CONCEPT MOD TEXT       | 121050        | 1   | U
19 | > INFERRED FROM COMPOSITE    | 126100        | 1   | U
20 | > INCLUDE 4019               |               | 1   | U
""",
    ),
    template(
        "1420",
        """
1 | NUM                          | CID 7465 | 1-n | M
4 | > HAS PROPERTIES INCLUDE 310 |          | 1   | U
""",
    ),
    template(
        "300",
        """
1  | NUM                            |               | 1   | M
2  | > HAS CONCEPT MOD CODE         |               | 1-n | U
3  | > HAS CONCEPT MOD CODE         | SCT:370129005 | 1   | U
4  | > HAS CONCEPT MOD CODE         | 121401        | 1   | U
5  | > HAS CONCEPT MOD CODE         | SCT:363698007 | 1-n | U
6  | >> HAS CONCEPT MOD CODE        | SCT:272741003 | 1   | U | CID 244
7  | >> HAS CONCEPT MOD CODE        | SCT:106233006 | 1   | U
8  | > HAS PROPERTIES INCLUDE 310   |               | 1   | U
9  | > INFERRED FROM NUM            |               | 1-n | U
10 | > INFERRED FROM NUM            |               | 1-n | U
11 | > INFERRED FROM INCLUDE 315    |               | 1   | U
12 | > INFERRED FROM TEXT           | CID 228       | 1   | U
13 | > INCLUDE 320                  |               | 1-n | U
14 | > INCLUDE 321                  |               | 1-n | U
16 | > HAS CONCEPT MOD TEXT         | 121050        | 1   | U
17 | > HAS OBS CONTEXT INCLUDE 4108 |               | 1   | U
18 | > INFERRED FROM COMPOSITE      | 126100        | 1   | U
19 | > INCLUDE 4019                 |               | 1   | U
""",
    ),
    template(
        "310",
        """
1 | CODE        | 121402  | 1   | U | CID 222
2 | INCLUDE 311 |         | 1   | U
3 | INCLUDE 312 |         | 1   | U
4 | CODE        | 121403  | 1   | U | CID 220
5 | NUM         | CID 225 | 1-n | U
6 | CODE        | 121404  | 1   | U | CID 224
""",
    ),
    template(
        "311",
        """
1 | NUM  | CID 221 | 1-n | M
2 | TEXT | 121405  | 1   | U
3 | TEXT | 121406  | 1   | U
4 | CODE | 121406  | 1   | U
""",
    ),
    template(
        "312",
        """
1 | NUM  | CID 223 | 1-n | M
2 | TEXT | 121407  | 1   | U
3 | TEXT | 121408  | 1   | U
4 | CODE | 121408  | 1   | U
""",
    ),
    template(
        "315",
        """
1 | CODE                 | CID 228 | 1   | M
2 | > HAS PROPERTIES NUM |         | 1-n | U
3 | > HAS PROPERTIES NUM |         | 1-n | U
""",
    ),
    template(
        "320",
        """
1 | INFERRED FROM IMAGE   |  | 1 | U
2 | INFERRED FROM IMAGE   |  | 1 | U
3 | INFERRED FROM SCOORD  |  | 1 | U
4 | > SELECTED FROM IMAGE |  | 1 | U
5 | > SELECTED FROM IMAGE |  | 1 | U
""",
    ),
    template(
        "321",
        """
1 | INFERRED FROM WAVEFORM   |  | 1 | U
2 | INFERRED FROM WAVEFORM   |  | 1 | U
3 | INFERRED FROM TCOORD     |  | 1 | U
4 | > SELECTED FROM WAVEFORM |  | 1 | U
5 | > SELECTED FROM WAVEFORM |  | 1 | U
""",
    ),
    template(
        "1600",
        """
1 | CONTAINS CONTAINER              | 111028 | 1   | M
2 | > CONTAINS CONTAINER            | 126200 | 1-n | U
3 | >> HAS ACQ CONTEXT INCLUDE 1602 |        | 1   | U
4 | >> CONTAINS INCLUDE 1601        |        | 1-n | U
""",
    ),
    template(
        "1601",
        """
1 | CONTAINS IMAGE                 |  | 1-n | U
2 | > HAS ACQ CONTEXT INCLUDE 1602 |  | 1-n | U
""",
    ),
    template(
        "1602",
        """
1  | HAS ACQ CONTEXT CODE         | 121139 | 1 | U | CID 29
2  | HAS ACQ CONTEXT CODE         | 123014 | 1 | U | CID 4031
3  | HAS ACQ CONTEXT CODE         | 111027 | 1 | U | CID 244
4  | HAS ACQ CONTEXT DATE         | 111060 | 1 | U
5  | HAS ACQ CONTEXT TIME         | 111061 | 1 | U
6  | HAS ACQ CONTEXT DATE         | 111018 | 1 | U
7  | HAS ACQ CONTEXT TIME         | 111019 | 1 | U
8  | HAS ACQ CONTEXT DATE         | 126201 | 1 | U
9  | HAS ACQ CONTEXT TIME         | 126202 | 1 | U
10 | HAS ACQ CONTEXT UIDREF       | 112227 | 1 | U
11 | HAS ACQ CONTEXT NUM          | 110910 | 1 | U | unit {pixels}
12 | HAS ACQ CONTEXT NUM          | 110911 | 1 | U | unit {pixels}
13 | HAS ACQ CONTEXT INCLUDE 1603 |        | 1 | U
14 | HAS ACQ CONTEXT INCLUDE 1604 |        | 1 | U
15 | HAS ACQ CONTEXT INCLUDE 1605 |        | 1 | U
16 | HAS ACQ CONTEXT INCLUDE 1606 |        | 1 | U
17 | HAS ACQ CONTEXT INCLUDE 1607 |        | 1 | U
""",
    ),
    template(
        "1603",
        """
1 | HAS ACQ CONTEXT CODE   | 111031 | 1   | U
2 | > HAS CONCEPT MOD CODE | 111032 | 1-n | U
3 | HAS ACQ CONTEXT TEXT   | 111044 | 1   | U
4 | HAS ACQ CONTEXT TEXT   | 111043 | 1   | U
5 | HAS ACQ CONTEXT NUM    | 111026 | 1   | U
6 | HAS ACQ CONTEXT NUM    | 111066 | 1   | U | unit mm
7 | HAS ACQ CONTEXT NUM    | 112011 | 1   | U
8 | HAS ACQ CONTEXT NUM    | 112012 | 1   | U
""",
    ),
    template(
        "1604",
        """
1  | HAS ACQ CONTEXT NUM | 111026 | 1 | U
2  | HAS ACQ CONTEXT NUM | 111066 | 1 | U | unit mm
3  | HAS ACQ CONTEXT NUM | 112226 | 1 | U | unit mm
4  | HAS ACQ CONTEXT NUM | 112225 | 1 | U | unit mm
5  | HAS ACQ CONTEXT NUM | 110901 | 1 | U | unit mm
6  | HAS ACQ CONTEXT NUM | 110902 | 1 | U | unit mm
7  | HAS ACQ CONTEXT NUM | 110903 | 1 | U | unit mm
8  | HAS ACQ CONTEXT NUM | 110904 | 1 | U | unit {-1:1}
9  | HAS ACQ CONTEXT NUM | 110905 | 1 | U | unit {-1:1}
10 | HAS ACQ CONTEXT NUM | 110906 | 1 | U | unit {-1:1}
11 | HAS ACQ CONTEXT NUM | 110907 | 1 | U | unit {-1:1}
12 | HAS ACQ CONTEXT NUM | 110908 | 1 | U | unit {-1:1}
13 | HAS ACQ CONTEXT NUM | 110909 | 1 | U | unit {-1:1}
""",
    ),
    template(
        "1605",
        """
1 | HAS ACQ CONTEXT CODE | 113820 | 1 | U | CID 10013
2 | HAS ACQ CONTEXT CODE | 113961 | 1 | U | CID 10033
""",
    ),
    template(
        "1606",
        """
1 | HAS ACQ CONTEXT TEXT | 128230 | 1 | U
""",
    ),
    template(
        "1607",
        """
1  | HAS ACQ CONTEXT CODE     | SCT:89457008  | 1 | U | CID 4020
2  | HAS ACQ CONTEXT CODE     | SCT:417881006 | 1 | U | CID 4021
3  | HAS ACQ CONTEXT NUM      | SCT:304283002 | 1 | U | unit s
4  | HAS ACQ CONTEXT DATETIME | 123003        | 1 | U
4  | HAS ACQ CONTEXT DATETIME | 123004        | 1 | U
5  | HAS ACQ CONTEXT NUM      | 123005        | 1 | U | unit cm3
6  | HAS ACQ CONTEXT NUM      | 123006        | 1 | U | unit Bq
7  | HAS ACQ CONTEXT NUM      | 123007        | 1 | U | unit Bq/mol
8  | HAS ACQ CONTEXT CODE     | SCT:410675002 | 1 | U | CID 11
9  | HAS ACQ CONTEXT NUM      | 123009        | 1 | U | unit {counts}/s
10 | HAS ACQ CONTEXT NUM      | 123010        | 1 | U | unit {counts}/s
10 | HAS ACQ CONTEXT NUM      | 126203        | 1 | U | unit min
12 | HAS ACQ CONTEXT NUM      | LN:14749-6    | 1 | U | unit mmol/l
""",
    ),
)
