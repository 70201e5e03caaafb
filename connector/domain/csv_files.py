"""CSV as spreadsheets write and read it, which is with semicolons where the comma is the decimal sign. Pure."""

from __future__ import annotations

import csv
import io

#: A spreadsheet takes a cell that begins like this for a formula and runs it.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
#: Spreadsheets take a file for UTF-8 only when it begins like this.
BOM = "\ufeff"


class NoCsv(ValueError):
    """A file that is none; the message says why, for a person."""


def decoded(data: bytes) -> str:
    """The text of a file: UTF-8, or Windows-1252 as spreadsheets write it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def rows(text: str) -> list[tuple[int, list[str]]]:
    """The lines that hold something, with their numbers and without blanks around their cells. Raises NoCsv.

    Commas, semicolons or tabs: what the first line has most of.
    """
    if "\0" in text:
        raise NoCsv("The file is no CSV: it has zero bytes in it.")
    text = text.lstrip(BOM)
    first = text.lstrip("\r\n ").split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    try:
        found = [(reader.line_num, [cell.strip() for cell in cells]) for cells in reader]
    except csv.Error as error:
        raise NoCsv(f"Line {reader.line_num}: {error}.") from error
    return [(number, cells) for number, cells in found if any(cells)]


def header(found: list[tuple[int, list[str]]]) -> list[str]:
    """The columns that the first of `rows` names, "Magento SKU" as "magento_sku"."""
    return [name.lower().replace(" ", "_") for name in found[0][1]] if found else []


def defused(text: str) -> str:
    """A text for a cell that no spreadsheet runs: like a formula, or with an apostrophe already, it gets an apostrophe."""
    return f"'{text}" if text.startswith((*FORMULA_STARTS, "'")) else text


def undefused(cell: str) -> str:
    """The text that was `defused`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith((*FORMULA_STARTS, "'")) else cell
