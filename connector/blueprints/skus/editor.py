"""One mapping in full: several products, quantities, the options of bundles and configurable products. Works without script:
every button sends the whole form, and only "Save" writes anything."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from connector.blueprints.panel import actor, done, needs
from connector.blueprints.skus import blueprint, catalogue
from connector.blueprints.skus.transfer import option_text
from connector.blueprints.skus.views import saved_sentence
from connector.blueprints.skus.waiting import waiting
from connector.domain.booking import ProductOption
from connector.domain.choices import Choice
from connector.domain.sku_mapping import MappedProduct
from connector.domain.sku_mapping import SkuMapping as Mapped
from connector.extensions import db
from connector.models import SkuMapping
from connector.sync import sku_mappings


@dataclass
class Row:
    """One product of the mapping as it stands in the form."""

    sku: str
    quantity: str = "1"
    #: The chosen value of each option, by `Choice.option_id`; of a configurable product also the SKU of its variant.
    picks: dict[str, str] = field(default_factory=dict)
    variant: str = ""
    #: Which product of the stored mapping it is, and that one's options: what the form cannot show as one value is kept as it is.
    stored: str = ""
    kept: tuple[ProductOption, ...] = ()
    product: catalogue.Product | None = None
    variants: list[catalogue.Product] = field(default_factory=list)

    @property
    def choices(self) -> list[Choice]:
        return [choice for choice in (self.product.choices if self.product else ()) if choice.is_option]

    def kept_of(self, choice: Choice) -> tuple[ProductOption, ...]:
        return tuple(option for option in self.kept if _is_of(option, choice))

    def kept_label(self, choice: Choice) -> str:
        """What is stored for a choice, in words; "" where nothing is or where it is one of the choice's values."""
        kept = self.kept_of(choice)
        if not kept or _value_of(kept, choice) != KEPT:
            return ""
        labels = {value.id: value.label for value in choice.values}
        return ", ".join(
            " + ".join(labels.get(value, value) for value in option.values)
            + (f" × {option.quantity}" if option.quantity != 1 else "")
            for option in kept
        )

    @property
    def kept_beside(self) -> list[str]:
        """Stored options that the catalogue does not offer, as the CSV writes them."""
        return [option_text(option) for option in self.kept if not any(_is_of(option, one) for one in self.choices)]


#: The pick that leaves what is stored: several values, a number of its own, a value that the catalogue does not have.
KEPT = "kept"


def _is_of(option: ProductOption, choice: Choice) -> bool:
    return (option.kind, option.option_id) == (choice.kind, choice.option_id)


def _value_of(kept: tuple[ProductOption, ...], choice: Choice) -> str:
    """The value of a choice that means just what is stored, else KEPT."""
    return next((value.id for value in choice.values if kept == (choice.option(value.id),)), KEPT)


@blueprint.get("/skus/edit")
@needs("staff")
def edit() -> ResponseReturnValue:
    """The form, with what is mapped; `add` puts a further product into it."""
    tiktok_sku = request.args.get("sku", "").strip()[:200]
    if not tiktok_sku:
        return redirect(url_for("skus.index"))  # where a refused form stands in the browser
    rows = _stored_rows(tiktok_sku)
    add = request.args.get("add", "")[:200]
    if add and not any(row.sku == add for row in rows):
        rows = [*rows, *_added(add, request.args.get("quantity", "1"))]
    return _shown(tiktok_sku, rows, request.args.get("q", ""), "")


@blueprint.post("/skus/edit")
@needs("staff")
def change() -> ResponseReturnValue:
    """A button of the form: add, remove, search, or save."""
    tiktok_sku = request.form.get("tiktok_sku", "").strip()[:200]
    what, _, which = request.form.get("do", "find").partition(":")
    rows = _sent_rows(tiktok_sku)
    text = request.form.get("q", "")[:200]
    if what == "add":
        rows = [*rows, *_added(which, "1")]
        text = ""
    elif what == "remove":
        rows = [row for at, row in enumerate(rows) if str(at) != which]
    elif what == "save":
        return _saved(tiktok_sku, rows, text)
    return _shown(tiktok_sku, rows, text, "")


def _saved(tiktok_sku: str, rows: list[Row], text: str) -> ResponseReturnValue:
    _complete(rows)
    try:
        released = sku_mappings.save(tiktok_sku, [_mapped(row) for row in rows], actor())
    except sku_mappings.Refused as refused:
        return _shown(tiktok_sku, rows, text, str(refused))
    return done(saved_sentence(tiktok_sku, released), url_for("skus.index"))


def _shown(tiktok_sku: str, rows: list[Row], text: str, refusal: str) -> ResponseReturnValue:
    _complete(rows)
    found = waiting(tiktok_sku, 1)
    entry = found[0] if found else None
    results = catalogue.search(text) if text.strip() else []
    if not results and not text.strip():
        results = catalogue.suggestions(tiktok_sku, entry.product_name if entry else "")
    page = render_template(
        "skus/edit.html", tiktok_sku=tiktok_sku, rows=rows, entry=entry, text=text, results=results, refusal=refusal
    )
    return page, 422 if refusal else 200


def _added(sku: str, quantity: str) -> list[Row]:
    """A row for a product; for a grouped one a row for each of its parts, since only those are ever sold."""
    product = catalogue.by_sku([sku]).get(sku)
    parts = [choice for choice in product.choices if choice.kind == "grouped"] if product else []
    if parts:
        return [Row(value.id, str(value.quantity)) for choice in parts for value in choice.values]
    return [Row(sku, quantity if quantity.isdecimal() else "1")]


def _stored_rows(tiktok_sku: str) -> list[Row]:
    rows = [
        Row(product.sku, str(product.quantity), stored=str(at), kept=product.options)
        for at, product in enumerate(_stored(tiktok_sku))
    ]
    _complete(rows)
    return rows


def _stored(tiktok_sku: str) -> Sequence[MappedProduct]:
    row = db.session.scalars(select(SkuMapping).where(SkuMapping.tiktok_sku == tiktok_sku)).one_or_none()
    return Mapped.from_stored(tiktok_sku, row.products).products if row else ()


def _sent_rows(tiktok_sku: str) -> list[Row]:
    rows = []
    stored = {(str(at), product.sku): product.options for at, product in enumerate(_stored(tiktok_sku))}
    for at in range(sku_mappings.MOST_PRODUCTS + 1):
        sku = request.form.get(f"sku-{at}", "").strip()[:200]
        if not sku:
            break
        prefix = f"pick-{at}-"
        picks = {name[len(prefix) :]: value for name, value in request.form.items() if name.startswith(prefix)}
        quantity = request.form.get(f"quantity-{at}", "1").strip()
        which = request.form.get(f"stored-{at}", "")
        variant = request.form.get(f"variant-{at}", "")
        rows.append(Row(sku, quantity, picks, variant, which, stored.get((which, sku), ())))
    return rows


def _complete(rows: list[Row]) -> None:
    """What the catalogue knows of the products in the form."""
    known = catalogue.by_sku(row.sku for row in rows)
    for row in rows:
        row.product = known.get(row.sku)
        for choice in row.product.choices if row.product else ():
            if choice.kind == "variants":
                row.variants = catalogue.by_id(value.id for value in choice.values)
            elif kept := row.kept_of(choice):
                # Nobody was asked: the catalogue was read since the page was made, which said that it is kept.
                row.picks.setdefault(choice.option_id, _value_of(kept, choice))
            elif choice.kind == "bundle" and choice.is_required and len(choice.values) == 1:
                row.picks[choice.option_id] = choice.values[0].id  # there is nothing to choose


def _mapped(row: Row) -> MappedProduct:
    """The product as it is saved. Raises Refused for what is missing."""
    if row.product is None and catalogue.is_known():
        raise sku_mappings.Refused(f"Magento's catalogue has no product {row.sku}. Refresh the catalogue if it is new.")
    if not row.quantity.isdecimal():
        raise sku_mappings.Refused(f"The quantity of {row.sku} is a whole number.")
    quantity = int(row.quantity)
    if row.variant:
        if row.variant not in {variant.sku for variant in row.variants}:
            raise sku_mappings.Refused(f"{row.variant} is no variant of {row.sku}.")
        return MappedProduct(sku=row.variant, quantity=quantity)
    options = dict.fromkeys(row.kept)  # in their order; those that are picked anew come last
    for choice in row.choices:
        pick = row.picks.get(choice.option_id, KEPT)
        kept, option = row.kept_of(choice), choice.option(pick)
        picked = kept if pick == KEPT else (option,) if option is not None else ()
        if not picked and choice.is_required:
            raise sku_mappings.Refused(f"Choose “{choice.title}” of {row.sku}, or one of its variants.")
        if picked != kept:
            options = {one: None for one in options if one not in kept} | dict.fromkeys(picked)
    return MappedProduct(sku=row.sku, quantity=quantity, options=tuple(options))
