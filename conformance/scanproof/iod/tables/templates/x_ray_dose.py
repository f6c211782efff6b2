"""Projection X-Ray Radiation Dose: TID 10001 to 10007 (PS3.16, 2020)."""

from __future__ import annotations

from scanproof.iod.tables.templates.conditions import absent, both, either, in_document, other_than, there, valued
from scanproof.iod.tables.templates.rows import Template, When, template

_YES = "SCT:373066001"
_PROJECTION, _MAMMOGRAPHY = in_document("121058", "113704"), in_document("121058", "SCT:71651007")
_SOURCE, _MPPS = "113854", "113858"
_NOT_MPPS = other_than(_SOURCE, _MPPS)
_FLUOROSCOPY = in_document("113721", "SCT:44491008")


def _available(concept: str) -> When:
    """Whether the report says that such data are available, or does not say that they are not."""
    return either(absent(in_document(concept)), in_document(concept, _YES))


_DETECTOR, _TUBE = _available("113945"), _available("113943")
_UNCODED, _UNWRITTEN = absent(there("113780", value_type="CODE")), absent(there("113780", value_type="TEXT"))
_DEVICE = "122142"
_UNNAMED_DEVICE = both(_PROJECTION, absent(in_document(_DEVICE)))
_AT_REFERENCE = either(there("113725"), there("113728"), there("113729"))

TEMPLATES: tuple[Template, ...] = (
    template(
        "10001",
        """
1  | CONTAINER                | 113701        | 1   | M
1b | > INCLUDE 1204           |               | 1   | U
2  | > HAS CONCEPT MOD CODE   | 121058        | 1   | M
3  | >> HAS CONCEPT MOD CODE  | SCT:363703001 | 1   | M  | CID 3629
4  | > CONTAINS CODE          | 122142        | 1   | U  | CID 10032
5  | > INCLUDE 1002           |               | 1-n | M
6  | > HAS OBS CONTEXT CODE   | 113705        | 1   | M  | CID 10000
7  | >> HAS PROPERTIES UIDREF | CID 10001     | 1   | M
8  | > CONTAINS CODE          | 113945        | 1   | U  | CID 230
9  | > CONTAINS CODE          | 113943        | 1   | U  | CID 230
10 | > CONTAINS CODE          | 113944        | 1   | U  | CID 230
11 | > CONTAINS INCLUDE 10002 |               | 1-2 | M
14 | > CONTAINS INCLUDE 10003 |               | 1-n | MC | IF from equipment
15 | > CONTAINS TEXT          | 121106        | 1   | U
16 | > CONTAINS IMAGE         | 121342        | 1-n | U
17 | > INCLUDE 1020           |               | 1   | U
18 | > CONTAINS CODE          | 113854        | 1-n | M  | CID 10020 | later
""",
        {"from equipment": other_than(_SOURCE, _MPPS, "113866", "113867")},
    ),
    template(
        "10002",
        """
1  | CONTAINER               | 113702 | 1-2 | M
2  | > HAS CONCEPT MOD CODE  | 113764 | 1   | M
3  | > CONTAINS CONTAINER    | 122505 | 1-n | U
4  | >> HAS CONCEPT MOD CODE | 113794 | 1   | M  | CID 10010
5  | >> CONTAINS DATETIME    | 113723 | 1   | M
6  | >> CONTAINS NUM         | 122322 | 1   | M  | unit 1
7  | >> CONTAINS NUM         | 113763 | 1   | M  | unit %
8  | >> CONTAINS TEXT        | 113724 | 1   | M
9  | >> CONTAINS TEXT        | 113720 | 1   | U
10 | > INCLUDE 10004         |        | 1   | MC | IF fluoroscopic
11 | > INCLUDE 10005         |        | 1   | MC | IF mammographic
12 | > INCLUDE 10007         |        | 1   | MC | IF projection total
13 | > INCLUDE 10006         |        | 1   | MC | IF cassettes
14 | > INCLUDE 1021          |        | 1   | U
""",
        {
            "fluoroscopic": either(in_document(_DEVICE, "113957"), _UNNAMED_DEVICE),
            "mammographic": _MAMMOGRAPHY,
            "projection total": either(in_document(_DEVICE, "113957", "113958"), _UNNAMED_DEVICE),
            "cassettes": in_document(_DEVICE, "113959"),
        },
    ),
    template(
        "10003",
        """
1  | CONTAINER               | 113706        | 1   | M
2  | > HAS CONCEPT MOD CODE  | 113764        | 1   | M  | CID 10003
3  | > CONTAINS UIDREF       | 113769        | 1   | M
4  | > CONTAINS TEXT         | 113605        | 1   | U
5  | >> HAS CONCEPT MOD CODE | 113606        | 1   | U  | CID 10022
6  | > CONTAINS DATETIME     | 111526        | 1   | M
7  | > CONTAINS CODE         | 113721        | 1   | M  | CID 10002
8  | > CONTAINS TEXT         | 125203        | 1   | U
9  | > CONTAINS CODE         | SCT:91723000  | 1   | U  | CID 4009
10 | >> HAS CONCEPT MOD CODE | SCT:272741003 | 1   | U  | CID 244
11 | > CONTAINS CODE         | 111031        | 1   | U  | CID 4010_4014
12 | >> HAS CONCEPT MOD CODE | 111032        | 1-n | U  | CID 4011_4015
13 | > CONTAINS CODE         | 113946        | 1   | U  | CID 4012
14 | > CONTAINS CODE         | 113745        | 1   | U  | CID 21
15 | > CONTAINS CODE         | 113743        | 1   | U  | CID 19
16 | >> HAS CONCEPT MOD CODE | 113744        | 1   | M  | CID 20
17 | > CONTAINS CODE         | 123014        | 1   | M  | CID 4031
18 | > CONTAINS NUM          | 122130        | 1   | MC | unit Gy.m2 | IF projection
19 | > CONTAINS NUM          | 111634        | 1   | U  | unit mm
20 | > CONTAINS NUM          | 111638        | 1   | U  | unit mm
21 | > CONTAINS NUM          | 111636        | 1   | MC | unit mGy | IF mammography measured
22 | > CONTAINS TEXT         | 113780        | 1   | MC | IF entrance uncoded
23 | > CONTAINS CODE         | 113780        | 1   | MC | CID 10025 | IF entrance unwritten
25 | > CONTAINS TEXT         | 121106        | 1   | U
26 | > INCLUDE 1020          |               | 1-n | U
27 | > INCLUDE 10003a        |               | 1   | MC | IF detector data
28 | > INCLUDE 10003b        |               | 1   | MC | IF source data
29 | > INCLUDE 10003c        |               | 1   | MC | IF mechanical data
""",
        {
            "projection": _PROJECTION,
            "mammography measured": both(_MAMMOGRAPHY, _DETECTOR, _TUBE),
            "entrance uncoded": both(there("111636"), _UNCODED),
            "entrance unwritten": both(there("111636"), _UNWRITTEN),
            "detector data": _DETECTOR,
            "source data": _TUBE,
            "mechanical data": _available("113944"),
        },
    ),
    template(
        "10003a",
        """
1 | CONTAINS NUM   | 113845 | 1   | U | unit 1
2 | CONTAINS NUM   | 113846 | 1   | U | unit 1
3 | CONTAINS NUM   | 113847 | 1   | U | unit 1
5 | CONTAINS IMAGE | 113795 | 1-n | U
""",
    ),
    template(
        "10003b",
        """
1  | CONTAINS NUM           | 113738 | 1   | MC | unit Gy | IF projection measured
2  | CONTAINS TEXT          | 113780 | 1   | MC | IF reference uncoded
3  | CONTAINS CODE          | 113780 | 1   | MC | CID 10025 | IF reference unwritten
4  | CONTAINS NUM           | 111631 | 1   | MC | unit mGy | IF mammography
5  | CONTAINS CODE          | 113732 | 1   | UC | CID 10004 | IF fluoroscopy
6  | CONTAINS NUM           | 113791 | 1   | MC | unit {pulse}/s | IF pulsed
7  | CONTAINS NUM           | 113768 | 1   | MC | unit 1 | IF pulses | later
8  | > HAS CONCEPT MOD CODE | 121401 | 1   | U
9  | CONTAINS NUM           | 113793 | 1-n | U  | unit ms
10 | CONTAINS NUM           | 113742 | 1   | U  | unit s
11 | CONTAINS NUM           | 113733 | 1-n | M  | unit kV
12 | CONTAINS NUM           | 113734 | 1-n | MC | unit mA | IF no exposure
13 | CONTAINS NUM           | 113767 | 1   | U  | unit mA
14 | CONTAINS NUM           | 113824 | 1   | MC | unit ms | IF no exposure | later
15 | CONTAINS NUM           | 113736 | 1-n | MC | unit uA.s | IF no current
16 | CONTAINS NUM           | 113766 | 1   | U  | unit mm
17 | CONTAINS CODE          | 111632 | 1   | U  | CID 10016
18 | CONTAINS CONTAINER     | 113771 | 1-n | U
19 | > CONTAINS CODE        | 113772 | 1   | U  | CID 10007
20 | > CONTAINS CODE        | 113757 | 1   | U  | CID 10006
21 | > CONTAINS NUM         | 113758 | 1   | U  | unit mm
22 | > CONTAINS NUM         | 113773 | 1   | U  | unit mm
23 | CONTAINS NUM           | 113790 | 1   | U  | unit m2
24 | CONTAINS NUM           | 113788 | 1   | U  | unit mm
25 | CONTAINS NUM           | 113789 | 1   | U  | unit mm
26 | CONTAINS CODE          | 111635 | 1-n | U  | CID 10017
""",
        {
            "projection measured": both(_PROJECTION, _NOT_MPPS),
            "reference uncoded": both(there("113738"), _UNCODED),
            "reference unwritten": both(there("113738"), _UNWRITTEN),
            "mammography": _MAMMOGRAPHY,
            "fluoroscopy": valued("113721", "SCT:44491008"),
            "pulsed": valued("113732", "113631"),
            "pulses": either(absent(there("113732")), valued("113732", "113631")),
            "no exposure": absent(there("113736")),
            "no current": absent(there("113734"), there("113824")),
        },
    ),
    template(
        "10003c",
        """
1   | CONTAINS CODE | 113956 | 1 | U | CID 10031
2   | CONTAINS NUM  | 112011 | 1 | U | unit deg
3   | CONTAINS NUM  | 112012 | 1 | U | unit deg
4   | CONTAINS NUM  | 113739 | 1 | U | unit deg
5   | CONTAINS NUM  | 113740 | 1 | U | unit deg
6   | CONTAINS NUM  | 113770 | 1 | U | unit deg
7   | CONTAINS NUM  | 113754 | 1 | U | unit deg
8   | CONTAINS NUM  | 113755 | 1 | U | unit deg
9   | CONTAINS NUM  | 113756 | 1 | U | unit deg
10  | CONTAINS NUM  | 111633 | 1 | U | unit mm
11a | CONTAINS NUM  | 113748 | 1 | U | unit mm
11b | CONTAINS NUM  | 113737 | 1 | U | unit mm
11c | CONTAINS NUM  | 113750 | 1 | U | unit mm
11d | CONTAINS NUM  | 113751 | 1 | U | unit mm
11e | CONTAINS NUM  | 113752 | 1 | U | unit mm
11f | CONTAINS NUM  | 113753 | 1 | U | unit mm
11g | CONTAINS NUM  | 113792 | 1 | U | unit mm
""",
    ),
    template(
        "10004",
        """
1  | CONTAINS NUM  | 113722 | 1 | M  | unit Gy.m2
2  | CONTAINS NUM  | 113725 | 1 | MC | unit Gy | IF not MPPS
3  | CONTAINS NUM  | 113726 | 1 | MC | unit Gy.m2 | IF with fluoroscopy
4  | CONTAINS NUM  | 113728 | 1 | MC | unit Gy | IF fluoroscopy measured
5  | CONTAINS NUM  | 113730 | 1 | MC | unit s | IF with fluoroscopy
6  | CONTAINS NUM  | 113727 | 1 | MC | unit Gy.m2 | IF not MPPS
7  | CONTAINS NUM  | 113729 | 1 | MC | unit Gy | IF not MPPS
8  | CONTAINS NUM  | 113855 | 1 | MC | unit s | IF not MPPS
9  | CONTAINS NUM  | 113737 | 1 | U  | unit mm
10 | CONTAINS NUM  | 113731 | 1 | U  | unit 1
11 | CONTAINS CODE | 113780 | 1 | MC | CID 10025 | IF reference unwritten
12 | CONTAINS TEXT | 113780 | 1 | MC | IF reference uncoded
""",
        {
            "not MPPS": _NOT_MPPS,
            "with fluoroscopy": _FLUOROSCOPY,
            "fluoroscopy measured": both(_FLUOROSCOPY, _NOT_MPPS),
            "reference uncoded": both(_AT_REFERENCE, _UNCODED),
            "reference unwritten": both(_AT_REFERENCE, _UNWRITTEN),
        },
    ),
    template(
        "10005",
        """
1 | CONTAINS NUM           | 111637        | 1-2 | M | unit mGy
2 | > HAS CONCEPT MOD CODE | SCT:272741003 | 1   | M | CID 6022
""",
    ),
    template(
        "10006",
        """
1 | CONTAINS CODE | 113947 | 1 | MC | CID 10030 | IF detector data
2 | CONTAINS NUM  | 113731 | 1 | MC | unit 1 | IF detector data
""",
        {"detector data": _DETECTOR},
    ),
    template(
        "10007",
        """
1 | CONTAINS NUM  | 113722 | 1 | M  | unit Gy.m2
2 | CONTAINS NUM  | 113725 | 1 | MC | unit Gy | IF total measured
3 | CONTAINS NUM  | 113737 | 1 | U  | unit mm
4 | CONTAINS NUM  | 113731 | 1 | U  | unit 1
5 | CONTAINS TEXT | 113780 | 1 | MC | IF reference uncoded
6 | CONTAINS CODE | 113780 | 1 | MC | CID 10025 | IF reference unwritten
""",
        {
            "total measured": either(in_document(_DEVICE, "113958"), _NOT_MPPS),
            "reference uncoded": both(_AT_REFERENCE, _UNCODED),
            "reference unwritten": both(_AT_REFERENCE, _UNWRITTEN),
        },
    ),
)
