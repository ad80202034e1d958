"""From bytes to text: captions say in no header how they are encoded."""

import codecs

from charset_normalizer import from_bytes
from langcodes import Language

from movies.captions.cues import Unreadable

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    # Before UTF-16, whose mark it begins with.
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What Windows and its forerunners wrote these languages in. A few lines are too little for statistics to tell
# cp1250 from cp1252; that they are Polish does.
_ENCODINGS = {
    "western": ("cp1252",),
    "central": ("cp1250", "iso8859_2"),
    "cyrillic": ("cp1251", "koi8_r", "cp866"),
    "greek": ("cp1253",),
    "turkish": ("cp1254",),
    "hebrew": ("cp1255",),
    "arabic": ("cp1256",),
    "baltic": ("cp1257",),
    "vietnamese": ("cp1258",),
    "thai": ("cp874",),
    "chinese": ("gb18030", "big5"),
    "japanese": ("cp932", "euc_jp"),
    "korean": ("cp949",),
}
_LANGUAGES = {
    "western": "af ca da de en es et eu fi fo fr ga gl id is it ms nb nl nn no pt sv sw",
    "central": "bs cs hr hu pl ro sk sl sq",
    "cyrillic": "be bg kk ky mk mn ru sr tg uk",
    "greek": "el",
    "turkish": "az tr",
    "hebrew": "he yi",
    "arabic": "ar fa ps ug ur",
    "baltic": "lt lv",
    "vietnamese": "vi",
    "thai": "th",
    "chinese": "yue zh",
    "japanese": "ja",
    "korean": "ko",
}
_GROUP_OF = {language: group for group, languages in _LANGUAGES.items() for language in languages.split()}


def decode(data: bytes, language: str) -> str:
    """The text, with ``\\n`` at the ends of lines. ``language`` (BCP 47) helps to guess the encoding.

    Raises Unreadable when it is no text.
    """
    text = _decoded(data, language)
    if "\x00" in text:
        raise Unreadable("not_captions")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decoded(data: bytes, language: str) -> str:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                raise Unreadable("not_captions") from None
    # Without a mark, Latin letters of UTF-16 still show by their empty halves: every file has times in it.
    for encoding, empty in (("utf-16-le", data[1:400:2]), ("utf-16-be", data[0:400:2])):
        if len(empty) > 4 and empty.count(0) * 2 > len(empty):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return _guessed(data, language)


def _guessed(data: bytes, language: str) -> str:
    candidates = _ENCODINGS.get(_GROUP_OF.get(Language.get(language).language or "", ""), ())
    if len(candidates) == 1:
        return data.decode(candidates[0], errors="replace")
    # First among those of its language, then among all.
    for isolation in filter(None, (list(candidates), [name for group in _ENCODINGS.values() for name in group])):
        best = from_bytes(data, cp_isolation=isolation).best()
        if best is not None:
            return str(best)
    raise Unreadable("not_captions")
