"""The language of the panel: which one a person gets, and how English sentences of the engine are told in it.

The pages are written in English and translated by gettext (Flask-Babel): `_()` in templates and views, `babel.cfg` and
`make translations` for the catalogues in `translations/`. What the engine says (errors, remedies, timeline lines, checks)
is made and stored in English, for the API, the command line and the log; `t()` tells it in the reader's language when it
is shown: by looking the sentence up, or by finding the template that it was made from among the catalogue's and filling
the translation with the same values. So rows that were written before a translation existed are translated too.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import flask_babel
from babel import Locale
from babel.numbers import format_decimal
from flask import Flask, Response, g, has_app_context, has_request_context, request
from flask_babel import Babel, get_locale, get_translations
from flask_login import current_user

from connector.domain.faults import Fault

#: What people may choose. "English (US)" is English with American dates.
LANGUAGES: Mapping[str, str] = {"en": "English", "en_US": "English (US)", "de": "Deutsch"}
DEFAULT = "en"
#: The cookie of the choice: it counts before the log-in too.
COOKIE = "locale"
#: Numbers and dates of a language without a country.
FORMATS_OF = {"en": "en_GB"}

babel = Babel()


def init_app(app: Flask) -> None:
    """Binds Flask-Babel; `_`, `ngettext` and the filter `t` are known to all templates."""
    babel.init_app(app, default_locale=DEFAULT, locale_selector=choose)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda text: _texts().ugettext(text),
        ngettext=lambda one, many, count: _texts().ungettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.filters["t"] = t
    app.before_request(flask_babel.refresh)
    app.context_processor(
        lambda: {"languages": LANGUAGES, "language": language(), "language_tag": language().replace("_", "-")}
    )


def choose() -> str:
    """The language of this request: the person's own choice, else the browser's cookie, else what it accepts, else English."""
    if not has_request_context():
        return DEFAULT
    own = getattr(current_user, "locale", None) if current_user.is_authenticated else None
    for wanted in (own, request.cookies.get(COOKIE)):
        if wanted in LANGUAGES:
            return str(wanted)
    tags = {code.replace("_", "-"): code for code in LANGUAGES}
    best = request.accept_languages.best_match(list(tags))
    return tags[best] if best else DEFAULT


def remember(response: Response, code: str) -> None:
    """Keeps a choice in the browser, for a year."""
    response.set_cookie(COOKIE, code, max_age=365 * 86400, samesite="Lax", secure=request.is_secure, httponly=True)


def speaking(code: str | None) -> AbstractContextManager[None]:
    """A stretch of work in somebody's language, outside of their request: a mail to them. None: English."""
    found: AbstractContextManager[None] = flask_babel.force_locale(code if code in LANGUAGES else DEFAULT)
    return found


def language() -> str:
    """The code of the present language, one of LANGUAGES."""
    locale = get_locale()
    return DEFAULT if locale is None else _code(locale)


@functools.cache
def _code(locale: Locale) -> str:
    return str(locale)


def _texts() -> Any:
    """The present language's texts. Flask-Babel finds context, language and file anew for each text; a page has hundreds."""
    locale = get_locale()
    kept: tuple[Locale | None, Any] | None = g.get("i18n_texts") if has_app_context() else None
    if kept is not None and kept[0] is locale:
        return kept[1]
    found = get_translations()
    if has_app_context():
        g.i18n_texts = (locale, found)
    return found


def format_locale() -> Locale:
    """The locale of numbers and dates."""
    return _parsed(language())


@functools.cache
def _parsed(code: str) -> Locale:
    return Locale.parse(FORMATS_OF.get(code, code))


# -- texts of the panel --------------------------------------------------------------------------------------------------------


def _(message: str, **values: object) -> str:
    """A text of the panel in the present language: `_("Saved as “%(name)s”.", name=name)`."""
    text = str(_texts().ugettext(message))
    return text % values if values else text


def ngettext(one: str, many: str, count: int, **values: object) -> str:
    """A text with a count: `ngettext("%(num)s order", "%(num)s orders", count)`. `num` is written as the language does."""
    written = str(format_decimal(count, locale=format_locale()))
    text = _texts().ungettext(one, many, count)  # flask_babel.ngettext takes no `num` of ours
    return str(text % ({"num": written} | values))


def N_(message: str) -> str:
    """Marks a label of a table for the catalogue; `t` tells it when it is shown. Sentences need no mark."""
    return message


# -- sentences of the engine ---------------------------------------------------------------------------------------------------


def t(text: object) -> str:
    """An English label or sentence in the present language; as it is where no translation is known."""
    english = "" if text is None else str(text)
    code = language()
    if not english or code.startswith("en"):
        return english
    if isinstance(text, Fault):
        return f"{_told(code, text.label)} {_told(code, text.error)}."
    return _told(code, english)


class _Template(NamedTuple):
    """A msgid with places for values: what it looks like once it is filled, and its longest fixed part."""

    pattern: re.Pattern[str]
    fixed: str
    translation: str


_PLACE = re.compile(r"%\((\w+)\)[sd]")
_LEAST_LETTERS = 4
_MONEY = re.compile(r"[-−]?[\d,]+\.\d+(?=[ \u00a0][A-Z]{3}$)")
_GROUPED = re.compile(r"[-−]?\d{1,3}(,\d{3})+(\.\d+)?")
_DECIMAL = re.compile(r"[-−]?\d+\.\d{2,4}")
#: What a value is called that is an amount of money.
_IS_SUM = re.compile(
    r"total|amount|original|stated|parts|expected|settlement|summed|paid|difference|shipping|credited|money"
)
#: What a value is called that is a word of ours, not a name of theirs.
_WORDS = {"label", "labels", "verb", "what", "words", "done", "status", "field", "trouble"}
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")
_MOST_PIECES = 10


@functools.lru_cache(maxsize=4096)
def _told(code: str, english: str, depth: int = 0) -> str:
    known = _catalogue().get(english)
    if known:
        return known.replace("%%", "%")
    pieces = _SENTENCE_END.split(english)
    if 1 < len(pieces) <= _MOST_PIECES:
        # Several sentences one after another, each known.
        told, is_whole = _in_pieces(code, pieces, depth)
        if is_whole:
            return told
    filled = _filled(code, english, depth)
    if filled is not None or len(pieces) == 1 or len(pieces) > _MOST_PIECES:
        return english if filled is None else filled
    return _in_pieces(code, pieces, depth)[0]


def _in_pieces(code: str, pieces: list[str], depth: int) -> tuple[str, bool]:
    """Sentences told one by one, as few together as make a known one; and whether all of them were known."""
    told, is_whole, at = [], True, 0
    while at < len(pieces):
        for end in range(at + 1, len(pieces) + 1):
            text = " ".join(pieces[at:end])
            found = _catalogue().get(text) or _filled(code, text, depth)
            if found:
                told.append(found)
                at = end
                break
        else:
            told.append(pieces[at])
            is_whole = False
            at += 1
    return " ".join(told), is_whole


def _filled(code: str, english: str, depth: int) -> str | None:
    for template in _templates(code):
        if template.fixed not in english:
            continue
        match = template.pattern.fullmatch(english)
        if match is None:
            continue
        values = {name: _value(code, name, value, depth + 1) for name, value in match.groupdict().items()}
        return template.translation % values
    return None


def _value(code: str, name: str, value: str, depth: int) -> str:
    """A value of a sentence: a sentence or a phrase itself, an amount with its currency, a count, or a name as it is."""
    if _GROUPED.fullmatch(value) or _MONEY.search(value) or (_IS_SUM.search(name) and _DECIMAL.fullmatch(value)):
        return _number(value)
    is_phrase = " " in value or value.islower() or name.lower() in _WORDS
    return _told(code, value, depth) if is_phrase and depth <= 4 else value


def _number(text: str) -> str:
    symbols = format_locale().number_symbols.get("latn", {})
    swap = {",": symbols.get("group", ","), ".": symbols.get("decimal", ".")}
    return "".join(swap.get(character, character) for character in text)


def _catalogue() -> Mapping[str, str]:
    """The present language's messages without plural forms."""
    return getattr(get_translations(), "_catalog", {})


@functools.cache
def _templates(code: str) -> tuple[_Template, ...]:
    """All msgids with places for values, those with the most fixed text first: the most exact one that fits is taken."""
    found = sorted(_read(_catalogue()), key=lambda template: -len(_PLACE.sub("", template[0])))
    return tuple(template for _, template in found)


def _read(catalogue: Mapping[str, str]) -> Iterator[tuple[str, _Template]]:
    for english, translation in catalogue.items():
        if not isinstance(english, str) or not translation or not _PLACE.search(english):
            continue  # plural forms have pairs for keys
        parts = _PLACE.split(english)  # fixed, name, fixed, name, … fixed
        fixed = [part.replace("%%", "%") for part in parts[::2]]
        if sum(character.isalpha() for part in fixed for character in part) < _LEAST_LETTERS:
            continue
        expression, seen = re.escape(fixed[0]), set()
        for name, after in zip(parts[1::2], fixed[1:], strict=True):
            expression += f"(?P={name})" if name in seen else f"(?P<{name}>.+?)"
            expression += re.escape(after)
            seen.add(name)
        yield english, _Template(re.compile(expression, re.DOTALL), max(fixed, key=len), translation)
