"""Mappings as CSV: out for a spreadsheet, and in again. A line is one product; lines with the same TikTok SKU are one mapping."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from flask import Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from connector import clock
from connector.blueprints.panel import actor, done, needs
from connector.blueprints.skus import blueprint, catalogue
from connector.domain import csv_files
from connector.domain.booking import ProductOption
from connector.domain.csv_files import defused, undefused
from connector.domain.sku_mapping import MappedProduct
from connector.domain.sku_mapping import SkuMapping as Mapped
from connector.extensions import db
from connector.models import SkuMapping
from connector.models.transaction import end_transaction
from connector.sync import sku_mappings

COLUMNS = ("tiktok_sku", "magento_sku", "quantity", "options")
#: An option in a cell: kind:option=values, x and how many of it; several are separated by spaces.
_OPTION = re.compile(r"(configurable|bundle|downloadable|custom):([^\s=]{1,64})=([^\s]+?)(?:x(\d{1,4}))?")
MOST_LINES = 5000
MOST_BYTES = 1024 * 1024
FAULTS_SHOWN = 20
BATCH = 500


class Unreadable(Exception):
    """A file that is not taken in; `faults` says why, line by line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(faults[0])
        self.faults = faults


@blueprint.get("/skus/export.csv")
@needs("viewer")
def export_csv() -> Response:
    """All mappings, as they can be imported."""
    name = f"sku-mappings-{clock.now():%Y-%m-%d}.csv"
    response = Response(stream_with_context(_lines()), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@blueprint.post("/skus/import")
@needs("staff")
def import_csv() -> ResponseReturnValue:
    """Takes in a file: all of it, or with any fault nothing. SKUs that it does not name stay mapped as they are."""
    sent = request.files.get("file")
    data = sent.stream.read(MOST_BYTES + 1) if sent else b""
    try:
        mappings = read_csv(data)
        released = sku_mappings.save_all(mappings, actor())
    except Unreadable as error:
        shown = error.faults[:FAULTS_SHOWN]
        return render_template("skus/refused.html", faults=shown, more=len(error.faults) - len(shown)), 422
    except sku_mappings.Refused as refused:
        return render_template("skus/refused.html", faults=[str(refused)], more=0), 422
    orders = "1 order goes" if released == 1 else f"{released:,} orders go"
    mapped = "1 SKU is" if len(mappings) == 1 else f"{len(mappings):,} SKUs are"
    return done(f"{mapped} mapped; {orders} on now.", url_for("skus.index"))


@blueprint.get("/skus/import")
@needs("staff")
def after_an_import() -> ResponseReturnValue:
    """Where the faults of a refused file stand in the browser."""
    return redirect(url_for("skus.index"))


def read_csv(data: bytes) -> dict[str, list[MappedProduct]]:
    """The mappings of a file, by TikTok SKU. Raises Unreadable that names every line with a fault."""
    rows = _rows(data)
    found: dict[str, list[MappedProduct]] = {}
    faults: list[str] = []
    skus: dict[str, int] = {}
    for number, row in rows:
        try:
            tiktok_sku, product = _product(row)
            sku_mappings.checked(tiktok_sku, [product])
        except (sku_mappings.Refused, ValueError) as error:
            faults.append(f"Line {number}: {error}")
            continue
        found.setdefault(tiktok_sku, []).append(product)
        skus.setdefault(product.sku, number)
    if catalogue.is_known():
        names = list(skus)
        known = {sku for at in range(0, len(names), BATCH) for sku in catalogue.by_sku(names[at : at + BATCH])}
        unknown = sorted((number, sku) for sku, number in skus.items() if sku not in known)
        faults += [f"Line {number}: Magento's catalogue has no product {sku}." for number, sku in unknown]
    for tiktok_sku, products in found.items():
        if len(products) > sku_mappings.MOST_PRODUCTS:
            faults.append(f"{tiktok_sku} stands for more than {sku_mappings.MOST_PRODUCTS} products.")
    if faults:
        raise Unreadable(faults)
    if not found:
        raise Unreadable(["There is no mapping in the file."])
    return found


def _rows(data: bytes) -> list[tuple[int, dict[str, str]]]:
    if not data:
        raise Unreadable(["Choose a CSV file."])
    if len(data) > MOST_BYTES:
        raise Unreadable([f"The file is larger than {MOST_BYTES // 1024:,} KB. Divide it."])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unreadable(["The file is not UTF-8. Save it as “CSV UTF-8” in the spreadsheet."]) from None
    try:
        rows = csv_files.rows(text)
    except csv_files.NoCsv as error:
        raise Unreadable([str(error)]) from error
    header = csv_files.header(rows)
    missing = [name for name in COLUMNS[:2] if name not in header]
    if missing:
        raise Unreadable(
            [f"Line 1: the column {' and '.join(missing)} is missing. The columns are: {', '.join(COLUMNS)}."]
        )
    if len(rows) - 1 > MOST_LINES:
        raise Unreadable([f"The file has more than {MOST_LINES:,} lines. Divide it."])
    return [(number, dict(zip(header, map(undefused, cells), strict=False))) for number, cells in rows[1:]]


def _product(row: dict[str, str]) -> tuple[str, MappedProduct]:
    quantity = row.get("quantity", "").strip() or "1"
    if not (quantity.isascii() and quantity.isdecimal() and len(quantity) < 7):
        raise ValueError(f"the quantity is a whole number, not “{quantity[:20]}”.")
    if not row.get("magento_sku", "").strip():
        raise ValueError("magento_sku is empty.")
    options = tuple(_option(text) for text in row.get("options", "").split())
    sku = row["magento_sku"].strip()
    return row.get("tiktok_sku", "").strip(), MappedProduct(sku=sku, quantity=int(quantity), options=options)


def _option(text: str) -> ProductOption:
    found = _OPTION.fullmatch(text)
    if not found:
        raise ValueError(f"“{text[:40]}” is no option. An option is written kind:option=value, as in bundle:4=8.")
    kind, option_id, values, quantity = found.groups()
    return ProductOption(
        kind=kind,  # type: ignore[arg-type]  # one of those in the expression
        option_id=option_id,
        values=tuple(values.split("+")),
        quantity=int(quantity or 1),
    )


def _lines() -> Iterator[str]:
    end_transaction()
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write(csv_files.BOM)
    writer.writerow(COLUMNS)
    listed = select(SkuMapping).order_by(SkuMapping.tiktok_sku).limit(BATCH)
    last = ""
    # By keyset, a transaction a batch: a slow reader holds none open.
    while batch := db.session.scalars(listed.where(SkuMapping.tiktok_sku > last)).all():
        end_transaction()
        last = batch[-1].tiktok_sku
        for row in batch:
            for product in Mapped.from_stored(row.tiktok_sku, row.products).products:
                options = " ".join(option_text(option) for option in product.options)
                writer.writerow([defused(row.tiktok_sku), defused(product.sku), product.quantity, options])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    end_transaction()
    yield buffer.getvalue()


def option_text(option: ProductOption) -> str:
    """An option as it is written in a cell."""
    text = f"{option.kind}:{option.option_id}={'+'.join(option.values)}"
    return text if option.quantity == 1 else f"{text}x{option.quantity}"
