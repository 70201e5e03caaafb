"""Brings the catalogues of the panel's texts up to date: `make translations`.

Reads the messages of the source (babel.cfg), puts new ones into each `connector/translations/*/LC_MESSAGES/messages.po` with
an empty translation, takes out those that are gone, and writes the compiled catalogue beside it. Both are committed.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "connector" / "translations"
HEADER = """\
# Texts of the panel. New ones: `make translations`, fill in what is empty, `make translations` again.
msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plurals}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def extracted() -> Catalog:
    """All messages of the source as it stands."""
    with (ROOT / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    catalog = Catalog()
    found = extract_from_dir(
        str(ROOT), methods, options, directory_filter=lambda folder: Path(folder).name not in SKIPPED
    )
    for _, _, message, _, context in found:
        catalog.add(message, context=context)
    return catalog


SKIPPED = {".venv", ".git", "node_modules", "tests", "migrations", "docs", "sandbox", "benchmarks"}


def catalogues() -> dict[str, Path]:
    """The .po file of each language."""
    return {path.parts[-3]: path for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))}


def read(language: str) -> Catalog:
    """A language's messages as they are committed."""
    with catalogues()[language].open("rb") as file:
        catalog = read_po(file, locale=language)
    # Babel would write the present time into the compiled file: the same texts make the same file.
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
    return catalog


def compiled(catalog: Catalog) -> bytes:
    """A catalogue in the form that gettext reads."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main() -> None:
    """Updates and compiles all catalogues; says what is left to translate."""
    template = extracted()
    for language, path in catalogues().items():
        catalog = read(language)
        catalog.update(template, no_fuzzy_matching=True)
        catalog.obsolete.clear()
        out = io.BytesIO()
        write_po(out, catalog, width=0, no_location=True, sort_output=True, omit_header=True)
        header = HEADER.format(language=language, plurals=catalog.plural_forms)
        path.write_text(header + out.getvalue().decode(), encoding="utf-8")
        path.with_suffix(".mo").write_bytes(compiled(read(language)))
        left = sum(1 for message in catalog if message.id and not message.string and not message.pluralizable)
        left += sum(1 for message in catalog if message.pluralizable and not all(message.string))
        sys.stdout.write(f"{language}: {len(catalog)} messages, {left} to translate\n")


if __name__ == "__main__":
    main()
