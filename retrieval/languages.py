"""English names of languages by the codes that catalogues use (ISO 639-1 and 639-2, and those of TMDB)."""

from __future__ import annotations

_NAMES = {
    "af": "Afrikaans", "afr": "Afrikaans", "ar": "Arabic", "ara": "Arabic", "bg": "Bulgarian", "bul": "Bulgarian",
    "bn": "Bengali", "ben": "Bengali", "bs": "Bosnian", "bos": "Bosnian", "ca": "Catalan", "cat": "Catalan",
    "chi": "Chinese", "zho": "Chinese", "zh": "Mandarin", "cmn": "Mandarin", "cn": "Cantonese", "yue": "Cantonese",
    "cs": "Czech", "cze": "Czech", "ces": "Czech", "da": "Danish", "dan": "Danish", "de": "German", "ger": "German",
    "deu": "German", "el": "Greek", "gre": "Greek", "ell": "Greek", "en": "English", "eng": "English",
    "es": "Spanish", "spa": "Spanish", "et": "Estonian", "est": "Estonian", "fa": "Persian", "per": "Persian",
    "fas": "Persian", "fi": "Finnish", "fin": "Finnish", "fil": "Filipino", "tl": "Tagalog", "fr": "French",
    "fre": "French", "fra": "French", "ga": "Irish", "gle": "Irish", "he": "Hebrew", "heb": "Hebrew", "hi": "Hindi",
    "hin": "Hindi", "hr": "Croatian", "hrv": "Croatian", "hu": "Hungarian", "hun": "Hungarian", "id": "Indonesian",
    "ind": "Indonesian", "is": "Icelandic", "ice": "Icelandic", "isl": "Icelandic", "it": "Italian",
    "ita": "Italian", "ja": "Japanese", "jpn": "Japanese", "ka": "Georgian", "geo": "Georgian", "ko": "Korean",
    "kor": "Korean", "ky": "Kyrgyz", "kir": "Kyrgyz", "la": "Latin", "lat": "Latin", "lt": "Lithuanian",
    "lit": "Lithuanian", "lv": "Latvian", "lav": "Latvian", "mk": "Macedonian", "ml": "Malayalam", "mr": "Marathi",
    "ms": "Malay", "nl": "Dutch", "dut": "Dutch", "nld": "Dutch", "no": "Norwegian", "nb": "Norwegian",
    "nor": "Norwegian", "pl": "Polish", "pol": "Polish", "ps": "Pashto", "pus": "Pashto", "pt": "Portuguese",
    "por": "Portuguese", "ro": "Romanian", "rum": "Romanian", "ron": "Romanian", "ru": "Russian", "rus": "Russian",
    "sk": "Slovak", "slo": "Slovak", "sl": "Slovenian", "slv": "Slovenian", "sr": "Serbian", "srp": "Serbian",
    "sv": "Swedish", "swe": "Swedish", "ta": "Tamil", "tam": "Tamil", "te": "Telugu", "tel": "Telugu", "th": "Thai",
    "tha": "Thai", "tr": "Turkish", "tur": "Turkish", "uk": "Ukrainian", "ukr": "Ukrainian", "ur": "Urdu",
    "urd": "Urdu", "vi": "Vietnamese", "vie": "Vietnamese", "wo": "Wolof", "yi": "Yiddish", "zu": "Zulu",
}  # fmt: skip
_NO_LANGUAGE = frozenset({"", "xx", "mul", "und", "zxx"})


def language_name(code: str) -> str:
    """Return the English name of a language; a code that is not known comes back as it is.

    Examples:
        >>> language_name("en-GB"), language_name("per"), language_name("xx"), language_name("Quechua")
        ('English', 'Persian', '', 'Quechua')
    """
    plain = code.strip()
    short = plain.casefold().replace("_", "-").split("-")[0]
    return "" if short in _NO_LANGUAGE else _NAMES.get(short, plain)
