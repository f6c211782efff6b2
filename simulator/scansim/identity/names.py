"""Names in every script, each marked as synthetic: Faker's where it has them in Latin letters, ours elsewhere."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from scansim.wire.charsets import CHARACTER_SETS, CharacterSetError, encode

if TYPE_CHECKING:
    from faker import Faker

Sex = Literal["M", "F", "O"]

#: Every family name begins so: a synthetic patient is told from a real one wherever only the name is shown.
FAMILY_PREFIX = "Synthetic-"

#: The same in the scripts of the ideographic and phonetic component groups ("composed", "artificial").
MARKERS = {"hanzi": "合成", "hangul": "합성", "katakana": "ゴウセイ"}


@dataclass(frozen=True)
class Name:
    """One name, in the component groups that its script has (PS3.5 6.2.1).

    Parameters
    ----------
    groups : tuple of str
        Alphabetic, ideographic and phonetic component group, as many as are in use.
    latin : str
        The alphabetic component group in the letters of ISO 646, for sets that hold nothing else.
    half_width : str
        The alphabetic component group in half-width katakana (JIS X 0201), for Japanese names.
    """

    groups: tuple[str, ...]
    latin: str
    half_width: str = ""


_SITES = {
    "ISO_IR 100": "da_DK de_AT de_CH de_DE en_GB en_IE en_NG en_US es_AR es_CL es_CO es_ES es_MX fi_FI fr_BE fr_CA "
    "fr_CH fr_DZ fr_FR ga_IE id_ID is_IS it_IT nl_BE nl_NL no_NO pt_BR pt_PT sv_SE yo_NG zu_ZA",
    "ISO_IR 101": "cs_CZ hr_HR hu_HU pl_PL sk_SK sl_SI",
    "ISO_IR 109": "mt_MT",
    "ISO_IR 110": "lt_LT lv_LV",
    "ISO_IR 126": "el_GR",
    "ISO_IR 127": "ar_SA",
    "ISO_IR 138": "he_IL",
    "ISO_IR 144": "ru_RU uk_UA",
    "ISO_IR 148": "tr_TR",
    "ISO_IR 166": "th_TH",
    "ISO_IR 192": "az_AZ hi_IN hy_AM ka_GE ro_RO vi_VN zh_TW",
    "ISO_IR 203": "et_EE",
    "GB18030": "zh_CN",
    r"\ISO 2022 IR 87": "ja_JP",
    r"\ISO 2022 IR 149": "ko_KR",
}
#: Locales, each with the name (in CHARACTER_SETS) of a character set that its sites use.
LOCALES = {locale: charset for charset, locales in _SITES.items() for locale in locales.split()}

# Family names, male and female given names, each as transcription=script[=phonetic]. Where a language allows it, the
# family names are words for "example", "trial", "model" and "figment": whoever reads the script knows what they are.
_TABLES = {
    "ar_SA": (
        "Mithal=مثال Tajriba=تجربة Namudhaj=نموذج Khayal=خيال",
        "Ahmad=أحمد Yusuf=يوسف Sami=سامي Karim=كريم",
        "Fatima=فاطمة Maryam=مريم Layla=ليلى Nur=نور",
    ),
    "el_GR": (
        "Paradeigma=Παράδειγμα Dokimi=Δοκιμή Ypodeigma=Υπόδειγμα Plasma=Πλάσμα",
        "Dionysios=Διονύσιος Nikos=Νίκος Giorgos=Γιώργος Petros=Πέτρος",
        "Eleni=Ελένη Maria=Μαρία Sofia=Σοφία Thaleia=Θάλεια",
    ),
    "he_IL": (
        "Dugma=דוגמה Nisui=ניסוי Midgam=מדגם Bidyon=בדיון",
        "David=דוד Yosef=יוסף Moshe=משה Uri=אורי",
        "Rut=רות Sara=שרה Miryam=מרים Noa=נועה",
    ),
    "hi_IN": (
        "Udaharan=उदाहरण Parikshan=परीक्षण Namuna=नमूना Kalpit=कल्पित",
        "Arjun=अर्जुन Mohan=मोहन Ravi=रवि Vijay=विजय",
        "Asha=आशा Gita=गीता Lata=लता Sita=सीता",
    ),
    "hy_AM": (
        "Orinakyan=Օրինակյան Pordzyan=Փորձյան Nmushyan=Նմուշյան Mtatsinyan=Մտացինյան",
        "Aram=Արամ Davit=Դավիթ Hayk=Հայկ Tigran=Տիգրան",
        "Anahit=Անահիտ Mariam=Մարիամ Nare=Նարե Sona=Սոնա",
    ),
    "ka_GE": (
        "Magalitadze=მაგალითაძე Satsdeli=საცდელი Nimushidze=ნიმუშიძე Gamogonili=გამოგონილი",
        "Davit=დავით Giorgi=გიორგი Luka=ლუკა Zurab=ზურაბ",
        "Ana=ანა Ketevan=ქეთევან Nino=ნინო Tamar=თამარ",
    ),
    "ko_KR": (
        "Kim=金=김 Lee=李=이 Park=朴=박 Choi=崔=최 Hong=洪=홍",
        "Gildong=吉童=길동 Minjun=敏俊=민준 Jihun=志勳=지훈 Seongho=成浩=성호",
        "Jiyeong=智英=지영 Yeongja=英子=영자 Sujin=秀珍=수진 Minji=敏智=민지",
    ),
    "mt_MT": (
        "Ezempju=Eżempju Prova=Prova Holma=Ħolma Mahlug=Maħluġ",
        "Gorg=Ġorġ Guzeppi=Ġużeppi Censu=Ċensu Mikiel=Mikiel",
        "Guza=Ġuża Cettina=Ċettina Zeza=Żeża Gorga=Ġorġa",
    ),
    "ru_RU": (
        "Primerenko=Примеренко Testenko=Тестенко Obrazenko=Образенко Vymyslenko=Вымысленко",
        "Ivan=Иван Pyotr=Пётр Sergey=Сергей Yuriy=Юрий",
        "Anna=Анна Olga=Ольга Tatyana=Татьяна Yelena=Елена",
    ),
    "th_TH": (
        "Tuayang=ตัวอย่าง Thotsop=ทดสอบ Sommut=สมมุติ Chamlong=จำลอง",
        "Somchai=สมชาย Wichai=วิชัย Prasoet=ประเสริฐ Anan=อนันต์",
        "Somying=สมหญิง Mali=มาลี Suda=สุดา Kanda=กานดา",
    ),
    "uk_UA": (
        "Prykladenko=Прикладенко Testenko=Тестенко Zrazkenko=Зразкенко Vyhadenko=Вигаденко",
        "Andrii=Андрій Yevhen=Євген Mykola=Микола Ihor=Ігор",
        "Oksana=Оксана Nadiia=Надія Yuliia=Юлія Olena=Олена",
    ),
    "zh_CN": (
        "Zhang=张 Wang=王 Li=李 Chen=陈 Liu=刘",
        "XiaoDong=小东 JianGuo=建国 ZhiQiang=志强 WeiMin=伟民",
        "XiaoHong=小红 MeiLing=美玲 XiuYing=秀英 ShuFen=淑芬",
    ),
    "zh_TW": (
        "Zhang=張 Wang=王 Li=李 Chen=陳 Liu=劉",
        "XiaoDong=小東 JianGuo=建國 ZhiQiang=志強 WeiMin=偉民",
        "XiaoHong=小紅 MeiLing=美玲 XiuYing=秀英 ShuFen=淑芬",
    ),
}
#: Markers of the component groups after the alphabetic one; scripts without further groups stand in the alphabetic one.
_FURTHER_GROUPS = {
    "ja_JP": (MARKERS["hanzi"], MARKERS["katakana"]),
    "ko_KR": (MARKERS["hanzi"], MARKERS["hangul"]),
    "zh_CN": (MARKERS["hanzi"],),
    "zh_TW": (MARKERS["hanzi"],),
}

# Letters that decomposition leaves as they are.
_LATIN = str.maketrans(
    {"ß": "ss", "æ": "ae", "Æ": "Ae", "ø": "o", "Ø": "O", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "þ": "th", "Þ": "Th"}
    | {"ł": "l", "Ł": "L", "ı": "i", "œ": "oe", "Œ": "Oe", "ə": "a", "Ə": "A", "’": "'", "ħ": "h", "Ħ": "H"}
)

_HALF_WIDTH = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0xFF61, 0xFFA0)}


def draw(locale: str, sex: Sex, seed: int, rng: np.random.Generator) -> Name:
    """Return the name that `seed` or `rng` gives, whichever the locale's source takes.

    Raises
    ------
    ValueError
        If `locale` is none of LOCALES.
    """
    if locale not in LOCALES:
        raise ValueError(f"locale {locale!r} has no names here; there are {', '.join(sorted(LOCALES))}")
    if locale not in _TABLES:
        from faker import Faker

        # The person provider alone: building every provider of a locale takes ten times as long.
        fake = Faker(locale, providers=["faker.providers.person"])
        fake.seed_instance(seed)
        return _japanese(fake, sex) if locale == "ja_JP" else _latin(fake, sex, CHARACTER_SETS[LOCALES[locale]].terms)
    families, male, female = _TABLES[locale]
    given = {"M": male, "F": female, "O": f"{male} {female}"}[sex]
    return _grouped(locale, *(list(rng.choice(words.split()).split("=")) for words in (families, given)))


def _grouped(locale: str, family: list[str], given: list[str]) -> Name:
    """Put spellings (Latin, script, phonetic) of family and given name into the component groups of a locale."""
    latin = f"{FAMILY_PREFIX}{family[0]}^{given[0]}"
    markers = _FURTHER_GROUPS.get(locale)
    if markers is None:
        return Name((f"{FAMILY_PREFIX}{family[1]}^{given[1]}",), latin)
    further = (f"{mark}{last}^{first}" for mark, last, first in zip(markers, family[1:], given[1:], strict=True))
    return Name((latin, *further), latin)


def _japanese(fake: Faker, sex: Sex) -> Name:
    family_kanji, family_kana, family = fake.last_name_pair()
    drawer = {"M": fake.first_name_male_pair, "F": fake.first_name_female_pair, "O": fake.first_name_pair}[sex]
    kanji, kana, given = drawer()
    name = _grouped("ja_JP", [family, family_kanji, family_kana], [given, kanji, kana])
    return Name(name.groups, name.latin, f"{FAMILY_PREFIX}{_half_width(family_kana)}^{_half_width(kana)}")


def _half_width(katakana: str) -> str:
    return "".join(_HALF_WIDTH[char] for char in unicodedata.normalize("NFD", katakana))


def _latin(fake: Faker, sex: Sex, terms: tuple[str, ...]) -> Name:
    suffix = {"M": "_male", "F": "_female", "O": ""}[sex]
    while True:  # a few entries of Faker's lists have stray characters; every list has many that do not
        family, given = str(fake.last_name()), str(getattr(fake, f"first_name{suffix}")())
        name = f"{FAMILY_PREFIX}{family}^{given}"
        try:
            encode(name, "PN", terms)
        except CharacterSetError:
            continue
        if len(name) <= 63 and not set("^=\\") & set(family + given):
            plain = unicodedata.normalize("NFKD", name.translate(_LATIN))
            return Name((name,), "".join(char for char in plain if char.isascii()))


def wildcard(name: str) -> str:
    """The family name with an asterisk behind it, to look for a person by; empty for one that is not ISO 646 alone.

    >>> wildcard("Synthetic-Doe^Jane")
    'Synthetic-Doe*'
    """
    family = name.partition("=")[0].partition("^")[0]
    return f"{family}*" if family and family.isascii() else ""
