"""Pick lists and packing slips as PDF. Text comes from buyers: it is drawn as signs, never read as markup.

Fonts: connector/fonts. Those for Asian scripts are large, and are loaded only when a document has such signs.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from fpdf import FPDF

from connector.blueprints import formats
from connector.domain.packing import PickLine, Slip
from connector.i18n import _, ngettext, t

#: It would write a line for each picture in a buyer's message that no font has.
logging.getLogger("fpdf").setLevel(logging.ERROR)

FONTS = Path(__file__).resolve().parents[2] / "fonts"
_FALLBACKS = {"thai": "NotoSansThai-Regular.ttf", "cjk": "DroidSansFallback.ttf"}
#: Where letter paper is what printers hold (the Americas and the Philippines); of TikTok Shop's countries.
LETTER_COUNTRIES = frozenset({"US", "CA", "MX", "BR", "PH"})
#: The first sign beyond what Noto Sans has.
_BEYOND = "\u0e00"
_GREY = 110
#: Code 39 with wide bars of 0.9 mm: the 18 digits of an order number are about 96 mm, which any scanner reads.
_BAR = 0.9
_CODE_39 = frozenset("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%")


class Paper(FPDF):
    """A page with our margins and fonts. `texts`: all that will be drawn, for the choice of fonts."""

    def __init__(self, size: str, title: str, texts: Iterable[str]) -> None:
        super().__init__(format=size)
        self.foot = ""
        self.set_title(title)
        self.set_creator("TikTok Shop connector for Magento")
        self.set_margins(15, 14, 15)
        self.set_auto_page_break(True, 16)
        self.add_font("sans", "", str(FONTS / "NotoSans-Regular.ttf"))
        self.add_font("sans", "B", str(FONTS / "NotoSans-Bold.ttf"))
        signs = {sign for text in texts for sign in text if sign >= _BEYOND and not "\u1e00" <= sign < "\u2e80"}
        if signs:
            for name, file in _FALLBACKS.items():
                self.add_font(name, "", str(FONTS / file))
            self.set_fallback_fonts(list(_FALLBACKS), exact_match=False)
        # Thai marks stand above one another only when they are shaped; for the others it would only cost time.
        self.set_text_shaping(any("\u0e00" <= sign <= "\u0e7f" for sign in signs))
        self.set_draw_color(200)

    def letters(self, style: str, size: float) -> None:
        """Sets the font. Written anew each time: after signs of a fallback font fpdf takes the old one for set."""
        self.set_font("sans", style, size + 1)
        self.set_font("sans", style, size)

    def footer(self) -> None:
        self.set_y(-12)
        self.write_small(self.foot, "L")
        self.set_y(-12)
        self.write_small(f"{self.page_no()} / {{nb}}", "R")

    def write_small(self, text: str, align: str) -> None:
        """A grey line over the whole width."""
        self.letters("", 8)
        self.set_text_color(_GREY)
        self.cell(0, 5, text, align=align)
        self.set_text_color(0)

    def says(self, text: str, *, size: float = 10, style: str = "", width: float = 0, align: str = "L") -> None:
        """A paragraph, broken into lines where needed."""
        self.letters(style, size)
        self.multi_cell(width, size * 0.5, _plain(text), align=align, new_x="LMARGIN", new_y="NEXT")

    def lines_of(self, text: str, width: float) -> int:
        """How many lines a text takes in a cell."""
        lines = self.multi_cell(width, 5, _plain(text), dry_run=True, output="LINES")
        return len(lines) if isinstance(lines, list) else 1

    def small_head(self, text: str) -> None:
        self.set_text_color(_GREY)
        self.says(t(text), size=8)
        self.set_text_color(0)


def paper_of(setting: str, region: str) -> str:
    """The size of the paper as fpdf names it."""
    if setting != "auto":
        return setting
    return "letter" if region in LETTER_COUNTRIES else "a4"


def packing_slips(
    slips: Sequence[Slip], *, paper: str, zones: Sequence[ZoneInfo], prices: Sequence[bool], notes: Sequence[str]
) -> bytes:
    """One slip an order, each beginning on a new page. `zones`, `prices` and `notes` are those of each slip's shop."""
    texts = [text for slip in slips for text in _texts(slip)]
    pdf = Paper(paper, "Packing slips", [*texts, *notes])
    for slip, zone, with_prices, note in zip(slips, zones, prices, notes, strict=True):
        pdf.add_page()
        pdf.foot = f"{slip.shop_name} · {slip.tiktok_order_id}"
        _slip(pdf, slip, zone, with_prices, note)
    return bytes(pdf.output())


def _slip(pdf: Paper, slip: Slip, zone: ZoneInfo, with_prices: bool, note: str) -> None:
    pdf.says(slip.shop_name, size=15, style="B")
    pdf.ln(1)
    if slip.stop:
        pdf.letters("B", 11)
        pdf.multi_cell(0, 9, t(slip.stop), border=1, align="C", new_x="LMARGIN", new_y="NEXT")
    pdf.ln(3)
    top, half = pdf.get_y(), pdf.epw / 2
    pdf.small_head("Ship to")
    for line in slip.address or (t("TikTok has not given the address yet."),):
        pdf.says(line, size=11, width=half - 6)
    left_end = pdf.get_y()
    pdf.set_left_margin(pdf.l_margin + half)
    pdf.set_y(top)
    pdf.small_head("Packing slip")
    _fact(pdf, "TikTok order", slip.tiktok_order_id)
    _fact(pdf, "Magento order", slip.magento_increment_id)
    _fact(pdf, "Ordered", _date(slip.created_at, zone))
    _fact(pdf, "Ship by", _date(slip.ship_by, zone))
    pdf.ln(2)
    _barcode(pdf, slip.tiktok_order_id)
    pdf.set_left_margin(15)
    pdf.set_y(max(left_end, pdf.get_y()) + 6)
    heads = ["Qty", "SKU", "Item"] + (["Price", "Sum"] if with_prices else [])
    rows = [
        [
            str(line.quantity),
            line.sku,
            " · ".join(filter(None, (line.name, line.variant, t("Gift") if line.is_gift else ""))),
            *([_amount(line.price, slip.currency), _amount(line.total, slip.currency)] if with_prices else []),
        ]
        for line in slip.lines
    ]
    _table(pdf, heads, rows, (10, 42, 90, 20, 20) if with_prices else (10, 42, 128), numbers=(0, 3, 4))
    pdf.ln(2)
    units = ngettext("%(num)s unit", "%(num)s units", slip.units)
    if with_prices:
        total = sum((line.total for line in slip.lines if line.total is not None), start=Decimal(0))
        units += f" · {formats.money(total, slip.currency)}"
    pdf.says(units, style="B")
    for head, text in (("The buyer's message", slip.buyer_message), ("Note", slip.seller_note)):
        if text:
            pdf.ln(3)
            pdf.small_head(head)
            pdf.says(text)
    if note:
        pdf.ln(6)
        pdf.says(note)


def pick_list(
    lines: Sequence[PickLine], *, paper: str, heading: str, skipped: Sequence[tuple[str, str]], source: str = ""
) -> bytes:
    """What to fetch, by SKU. `skipped` are the orders that are left out, and why."""
    texts = [text for line in lines for text in (line.sku, line.name, line.variant)]
    pdf = Paper(paper, "Pick list", texts)
    pdf.foot = heading
    pdf.add_page()
    pdf.says(t("Pick list"), size=15, style="B")
    orders = len({order for line in lines for order in line.orders})
    units = sum(line.quantity for line in lines)
    counts = [ngettext("%(num)s order", "%(num)s orders", orders), ngettext("%(num)s unit", "%(num)s units", units)]
    pdf.says(" · ".join([heading, *counts, *([source] if source else [])]))
    pdf.ln(4)
    rows = [
        [
            "",
            str(line.quantity),
            line.sku,
            f"{line.name}{f' · {line.variant}' if line.variant else ''}",
            _orders(line),
        ]
        for line in lines
    ]
    _table(pdf, ["", "Qty", "SKU", "Item", "Orders"], rows, (7, 11, 40, 76, 46), numbers=(1,))
    if skipped:
        pdf.ln(5)
        pdf.small_head("Left out")
        for tiktok_order_id, why in skipped:
            pdf.says(f"{tiktok_order_id}: {t(why)}", size=9)
    return bytes(pdf.output())


def _orders(line: PickLine, most: int = 6) -> str:
    """The ends of the orders' numbers, which is what people compare."""
    named = [f"…{order[-6:]}{f' × {count}' if count > 1 else ''}" for order, count in line.orders.items()]
    rest = len(named) - most
    shown = ", ".join(named[:most])
    return f"{shown} {_('and %(count)s more', count=rest)}" if rest > 0 else shown


def _table(
    pdf: Paper, heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], numbers: Sequence[int]
) -> None:
    """Rows that break inside their cells and over pages, the head repeated on each."""
    scale = pdf.epw / sum(widths)
    widths = [width * scale for width in widths]

    def head() -> None:
        pdf.letters("B", 8)
        pdf.set_text_color(_GREY)
        for at, (text, width) in enumerate(zip(heads, widths, strict=True)):
            pdf.cell(width, 6, t(text), border="B", align="R" if at in numbers else "L")
        pdf.set_text_color(0)
        pdf.ln(7)

    head()
    for row in rows:
        pdf.letters("", 10)
        height = max(pdf.lines_of(text, width) for text, width in zip(row, widths, strict=True)) * 5 + 2
        if pdf.will_page_break(height):
            pdf.add_page()
            head()
            pdf.letters("", 10)
        x, y = pdf.l_margin, pdf.get_y()
        for at, (text, width) in enumerate(zip(row, widths, strict=True)):
            pdf.set_xy(x, y)
            if not heads[at]:  # a box to tick
                pdf.rect(x + 1, y + 0.8, 3.4, 3.4)
            else:
                pdf.letters("B" if heads[at] == "Qty" else "", 10)
                pdf.multi_cell(width, 5, _plain(text), align="R" if at in numbers else "L")
            x += width
        pdf.set_y(y + height)
        pdf.line(pdf.l_margin, y + height - 1, pdf.l_margin + pdf.epw, y + height - 1)


def _fact(pdf: Paper, label: str, text: str) -> None:
    if not text:
        return
    pdf.letters("", 9)
    pdf.set_text_color(_GREY)
    pdf.cell(32, 5.5, t(label))
    pdf.set_text_color(0)
    pdf.letters("B", 10)
    pdf.cell(0, 5.5, _plain(text), new_x="LMARGIN", new_y="NEXT")


def _barcode(pdf: Paper, text: str) -> None:
    """The order's number for a scanner; nothing where Code 39 has no sign for it."""
    if not text or not set(text) <= _CODE_39:
        return
    pdf.set_fill_color(0)
    pdf.code39(f"*{text}*", x=pdf.l_margin, y=pdf.get_y(), w=min(_BAR, (pdf.epw - 2) / (len(text) + 2) / 5.4), h=11)
    pdf.set_y(pdf.get_y() + 13)


def _date(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else formats.day_and_time(at, zone)


def _amount(value: Decimal | None, currency: str) -> str:
    return "" if value is None else formats.amount(value, currency)


def _texts(slip: Slip) -> Iterable[str]:
    yield from (slip.shop_name, slip.buyer_message, slip.seller_note, *slip.address)
    for line in slip.lines:
        yield from (line.sku, line.name, line.variant)


def _plain(text: str) -> str:
    """Without control characters, which no font draws; line breaks stay."""
    return "".join(sign for sign in text if sign == "\n" or ord(sign) >= 32)
