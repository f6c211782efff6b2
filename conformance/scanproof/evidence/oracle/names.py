"""Names of persons: what literal matching may overlook, and what sounds alike (PS3.4 C.2.2.2.1, C.2.2.2.4).

An SCP matches a name as it stands, and is free to overlook case, position, accents and other variants of writing.
How it takes wild cards in a name is its own affair. What merely sounds alike is matched where that was negotiated.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from scanproof.evidence.oracle import wild_cards
from scanproof.evidence.oracle.outcome import Outcome

Judged = tuple[Outcome, str]

_WRITING = "case, position, accents and other variants of writing are the SCP's affair in a name"
_GROUPS = "which component groups of a name are matched is not said"
_BEGINS = "the name begins with the key, which many SCPs complete"
_WILD = "how wild cards in a name are taken is the implementation's affair"
_SOUNDS = "it sounds alike, and phonetic matching was not negotiated"
_NEGOTIATED = "fuzzy semantic matching was negotiated"

#: Letters that are also written as two, by languages that have them.
_LONG_FORM = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "aa", "œ": "oe", "þ": "th", "đ": "d"}
)
#: Consonants that are heard as one another; vowels, and what is hardly heard, are left out.
_SOUND = {
    letter: heard[0]
    for heard in ("bp", "fv", "ckq", "dt", "l", "mn", "r", "gj", "szx")
    for letter in heard
}  # fmt: skip


def tidy(name: str) -> str:
    """A name without what means nothing: padding, delimiters at the end of groups, empty groups at the end."""
    groups = [group.strip().rstrip("^ ") for group in unicodedata.normalize("NFC", name).split("=")]
    return "=".join(groups).rstrip("=")


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()


def _neat(name: str) -> str:
    spaced = re.sub(r"\s*([\^=])\s*", r"\1", re.sub(r"\s+", " ", name))
    return tidy(spaced)


@lru_cache(maxsize=4096)
def _folds(name: str) -> tuple[str, str]:
    """A name without case and accents, in two ways of writing what has an accent."""
    composed = unicodedata.normalize("NFC", name).casefold().translate(_LONG_FORM)
    return _neat(_plain(name)), _neat(_plain(composed))


@lru_cache(maxsize=4096)
def _parts(name: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words of a name in whatever order, in both ways of writing."""
    first, second = (tuple(sorted(filter(None, re.split(r"[\^=, .]+", fold)))) for fold in _folds(name))
    return first, second


@lru_cache(maxsize=4096)
def _sound(name: str) -> tuple[str, ...]:
    """What is heard of each word: its consonants, alike ones as one, and none twice in a row."""
    words = []
    for word in _parts(name)[0]:
        heard = "".join(_SOUND.get(char, "") for char in word.replace("ph", "f"))
        words.append(word[0] + re.sub(r"(.)\1+", r"\1", heard) if word.isascii() else word)
    return tuple(sorted(_SOUND.get(word[0], "a") + word[1:] for word in words))


def _views(name: str) -> list[str]:
    """A name as a whole, and each of its component groups."""
    return [name, *([group for group in name.split("=") if group] if "=" in name else [])]


def judge(key: str, value: str, *, negotiated: bool = False) -> Judged:
    """Whether a name matches a key.

    Parameters
    ----------
    key, value : str
        Both with all their component groups.
    negotiated : bool
        Whether extended negotiation lets the SCP match as it likes.
    """
    if negotiated:
        return Outcome.UNDECIDED, _NEGOTIATED
    if wild_cards.has_any(key):
        return _judge_wild(key, value)
    if tidy(key) == tidy(value):
        return Outcome.IN, ""
    keys, values = _folds(key), [view for fold in _folds(value) for view in _views(fold)]
    if any(fold in values for fold in keys):
        return Outcome.FREE, _WRITING
    if any(part == other for view in _views(value) for part, other in zip(_parts(key), _parts(view), strict=True)):
        return Outcome.FREE, _WRITING
    if any(view.startswith(fold) for fold in keys for view in values):
        return Outcome.UNDECIDED, _BEGINS
    if "=" in key and set(_views(keys[0])) & set(values):
        return Outcome.UNDECIDED, _GROUPS
    if any(_sound(view) == _sound(key) for view in _views(value)) and any(_sound(key)):
        return Outcome.UNLIKELY, _SOUNDS
    return Outcome.OUT, ""


def _judge_wild(key: str, value: str) -> Judged:
    """Wild cards are never a demand in a name; what nobody would take them for is unlikely all the same."""
    if wild_cards.is_lone_star(key) or any(wild_cards.fits(tidy(key), view) for view in _views(tidy(value))):
        return Outcome.LIKELY, _WILD
    if any(wild_cards.fits(fold, view) for fold in _folds(key) for each in _folds(value) for view in _views(each)):
        return Outcome.FREE, _WRITING
    if "=" in key:
        return Outcome.UNDECIDED, _WILD
    return Outcome.UNLIKELY, _WILD


def judge_unread(key: str, value: str) -> bool:
    """Whether a value fits a key of which only the letters of ISO 646 are read."""
    read = _folds(re.sub(r"[^\0-\x7f]+", "*", key))[0]
    views = (*_views(_folds(value)[0]), _plain(value))  # whose delimiters may be all that is left of its letters
    return any(wild_cards.fits(read, view) for view in views)
