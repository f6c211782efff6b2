"""CT Radiation Dose: TID 10011 to 10015 (PS3.16, 2020)."""

from __future__ import annotations

from scanproof.iod.tables.templates.conditions import absent, either, own_value, there, valued
from scanproof.iod.tables.templates.rows import Template, template

_METHOD = "SCT:370129005"
_ACQUISITION, _CONSTANT_ANGLE, _SPIRAL = "113820", "113805", "SCT:116152004"
_SPACES = ("113895", "113896", "113897", "113898")
_YES = "SCT:373066001"

TEMPLATES: tuple[Template, ...] = (
    template(
        "10011",
        """
1  | CONTAINER                  | 113701        | 1   | M
1b | > INCLUDE 1204             |               | 1   | U
2  | > HAS CONCEPT MOD CODE     | 121058        | 1   | M | = SCT:77477000
3  | >> HAS CONCEPT MOD CODE    | SCT:363703001 | 1   | M | CID 3629
4  | > INCLUDE 1002             |               | 1-n | M
5  | > HAS OBS CONTEXT DATETIME | 113809        | 1   | M
6  | > HAS OBS CONTEXT DATETIME | 113810        | 1   | M
7  | > HAS OBS CONTEXT CODE     | 113705        | 1   | M | CID 10000
8  | >> HAS PROPERTIES UIDREF   | CID 10001     | 1   | M
9  | > CONTAINS INCLUDE 10012   |               | 1   | M
10 | > CONTAINS INCLUDE 10013   |               | 1-n | M
11 | > CONTAINS TEXT            | 121106        | 1   | U
12 | > CONTAINS CODE            | 113854        | 1-n | M | CID 10021 | later
13 | > CONTAINS INCLUDE 1020    |               | 1   | U
""",
    ),
    template(
        "10012",
        """
1  | CONTAINER                   | 113811        | 1 | M
2  | > CONTAINS NUM              | 113812        | 1 | M  | unit {events}
3  | > CONTAINS NUM              | 113813        | 1 | M  | unit mGy.cm
4  | > CONTAINS NUM              | 113814        | 1 | U  | unit mSv
5  | >> HAS PROPERTIES TEXT      | 121406        | 1 | MC | IF authority uncoded
6  | >> HAS PROPERTIES CODE      | 121406        | 1 | MC | CID 10015 | IF authority unwritten
7  | >> HAS PROPERTIES CODE      | SCT:370129005 | 1 | M  | CID 10011
8  | >> HAS PROPERTIES TEXT      | 113815        | 1 | MC | IF computed
9  | >> HAS PROPERTIES CONTAINER | 113816        | 1 | MC | IF measured
10 | >>> CONTAINS TEXT           | 113817        | 1 | M
11 | >>> CONTAINS TEXT           | 113818        | 1 | M
12 | > CONTAINS TEXT             | 121106        | 1 | U
13 | > INCLUDE 1021              |               | 1 | U
""",
        {
            "authority uncoded": absent(there("121406", value_type="CODE")),
            "authority unwritten": absent(there("121406", value_type="TEXT")),
            "computed": valued(_METHOD, "113800", "113801"),
            "measured": valued(_METHOD, "113802", "113803"),
        },
    ),
    template(
        "10013",
        """
1  | CONTAINER                | 113819        | 1   | M
2  | > CONTAINS TEXT          | 125203        | 1   | U
3  | > CONTAINS CODE          | 123014        | 1   | M  | CID 4030
4  | > CONTAINS CODE          | 113820        | 1   | M  | CID 10013
4b | >> HAS PROPERTIES CODE   | 113961        | 1-n | U  | CID 10033
5  | > CONTAINS CODE          | SCT:408730004 | 1   | U  | CID 10014
6  | > CONTAINS UIDREF        | 113769        | 1   | M
6b | > CONTAINS TEXT          | 113605        | 1   | U
6c | >> HAS CONCEPT MOD CODE  | 113606        | 1   | U  | CID 10022
6d | > CONTAINS CODE          | 128551        | 1   | U  | CID 230
6e | >> HAS CONCEPT MOD CODE  | 128552        | 1   | U  | CID 10034
7  | > CONTAINS CONTAINER     | 113822        | 1   | M
8  | >> CONTAINS NUM          | 113824        | 1   | M  | unit s
9  | >> INCLUDE 10014         |               | 1   | M
10 | >> CONTAINS NUM          | 113826        | 1   | M  | unit mm
11 | >> CONTAINS NUM          | 113827        | 1   | M  | unit mm
12 | >> CONTAINS NUM          | 113828        | 1   | MC | unit {ratio} | IF steps
13 | >> CONTAINS NUM          | 113823        | 1   | M  | unit {X-Ray sources}
14 | >> CONTAINS CONTAINER    | 113831        | 1-n | M
15 | >>> CONTAINS TEXT        | 113832        | 1   | M
16 | >>> CONTAINS NUM         | 113733        | 1   | M  | unit kV
17 | >>> CONTAINS NUM         | 113833        | 1   | M  | unit mA
18 | >>> CONTAINS NUM         | 113734        | 1   | M  | unit mA
19 | >>> CONTAINS NUM         | 113834        | 1   | MC | unit s | IF rotates inside
20 | >>> CONTAINS NUM         | 113821        | 1   | U  | unit mm
21 | > CONTAINS CONTAINER     | 113829        | 1   | MC | IF rotates
22 | >> CONTAINS NUM          | 113830        | 1   | M  | unit mGy
23 | >> CONTAINS CODE         | 113835        | 1   | M  | CID 4052
24 | >> CONTAINS NUM          | 113836        | 1   | U  | unit mGy/mA.s
25 | >> CONTAINS NUM          | 113837        | 1   | U  | unit mGy
26 | >> CONTAINS NUM          | 113838        | 1   | M  | unit mGy.cm
27 | >> CONTAINS NUM          | 113839        | 1   | U  | unit mSv
28 | >>> CODE                 | SCT:370129005 | 1   | M  | CID 10011
29 | >>>> NUM                 | 113840        | 1   | MC | unit mSv/mGy.cm | IF converted
30 | >> CONTAINS NUM          | 113930        | 1-n | U  | unit mGy
31 | >>> HAS CONCEPT MOD CODE | SCT:370129005 | 1   | M  | CID 10023
32 | >>>> INFERRED FROM NUM   | 113931        | 1   | MC | unit mm | IF lateral
33 | >>>> INFERRED FROM NUM   | 113932        | 1   | MC | unit mm | IF anterior
34 | >>>> INFERRED FROM NUM   | 113933        | 1   | MC | unit mm | IF by dimension
35 | >> INCLUDE 10015         |               | 1   | M
36 | > CONTAINS TEXT          | 113842        | 1   | U
37 | > CONTAINS TEXT          | 121106        | 1   | U
38 | > INCLUDE 1020           |               | 1-n | U
39 | > INCLUDE 1021           |               | 1   | U
""",
        {
            "steps": valued(_ACQUISITION, _SPIRAL, "113804", up=1),
            "rotates": absent(valued(_ACQUISITION, _CONSTANT_ANGLE)),
            "rotates inside": absent(valued(_ACQUISITION, _CONSTANT_ANGLE, up=2)),
            "converted": own_value("113800", "113802"),
            "lateral": own_value("113934", "113936"),
            "anterior": own_value("113935", "113936"),
            "by dimension": own_value("113934", "113935", "113936", "113937"),
        },
    ),
    template(
        "10014",
        """
1 | CONTAINS NUM    | 113825 | 1 | M  | unit mm
2 | CONTAINS NUM    | 113893 | 1 | U  | unit mm
3 | CONTAINS NUM    | 113899 | 1 | U  | unit mm | IFF spiral
4 | CONTAINS NUM    | 113895 | 1 | U  | unit mm
5 | CONTAINS NUM    | 113896 | 1 | U  | unit mm
6 | CONTAINS NUM    | 113897 | 1 | U  | unit mm
7 | CONTAINS NUM    | 113898 | 1 | U  | unit mm
8 | CONTAINS UIDREF | 112227 | 1 | MC | IF located
""",
        {
            "spiral": valued(_ACQUISITION, _SPIRAL, up=1),
            "located": either(*map(there, _SPACES)),
        },
    ),
    template(
        "10015",
        """
1  | CONTAINS CONTAINER | 113900 | 1 | U
2  | > CONTAINS CODE    | 113901 | 1 | M  | CID 230
3  | > CONTAINS CODE    | 113902 | 1 | M  | CID 230
4  | > CONTAINS NUM     | 113903 | 1 | MC | unit mGy.cm | IFF alert on DLP
5  | > CONTAINS NUM     | 113904 | 1 | MC | unit mGy | IFF alert on CTDIvol
6  | > CONTAINS NUM     | 113905 | 1 | U  | unit mGy.cm
7  | > CONTAINS NUM     | 113906 | 1 | U  | unit mGy
8  | > CONTAINS TEXT    | 113907 | 1 | U
9  | > INCLUDE 1020     |        | 1 | U
10 | CONTAINS CONTAINER | 113908 | 1 | U
11 | > CONTAINS CODE    | 113909 | 1 | M  | CID 230
12 | > CONTAINS CODE    | 113910 | 1 | M  | CID 230
13 | > CONTAINS NUM     | 113911 | 1 | MC | unit mGy.cm | IFF notification on DLP
14 | > CONTAINS NUM     | 113912 | 1 | MC | unit mGy | IFF notification on CTDIvol
15 | > CONTAINS NUM     | 113913 | 1 | U  | unit mGy.cm
16 | > CONTAINS NUM     | 113914 | 1 | U  | unit mGy
17 | > CONTAINS TEXT    | 113907 | 1 | U
18 | > INCLUDE 1020     |        | 1 | U
""",
        {
            "alert on DLP": valued("113901", _YES),
            "alert on CTDIvol": valued("113902", _YES),
            "notification on DLP": valued("113909", _YES),
            "notification on CTDIvol": valued("113910", _YES),
        },
    ),
)
