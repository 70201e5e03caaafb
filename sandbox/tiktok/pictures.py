"""Small drawn pictures of the products, as TikTok's own servers have photographs: what an order's `sku_image` names."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, has_request_context, request

#: What is drawn, by the first word of a seller SKU; anything else is a parcel.
_SHAPES = {
    "MUG": (
        '<path d="M28 30h36v34a10 10 0 0 1-10 10H38a10 10 0 0 1-10-10z"/>'
        '<path d="M64 38h6a10 10 0 0 1 0 22h-6" fill="none" stroke-width="6"/>'
    ),
    "TEE": '<path d="M36 24l-18 12 8 14 8-4v32h32V46l8 4 8-14-18-12a14 12 0 0 1-28 0z"/>',
    "SOCK": '<path d="M38 20h20v34l16 12a9 9 0 0 1-10 14L40 66a8 8 0 0 1-2-6z"/>',
    "PEN": '<path d="M64 18l14 14-44 44-18 6 6-18z"/>',
    "NOTE": (
        '<path d="M28 20h40a4 4 0 0 1 4 4v52a4 4 0 0 1-4 4H28z"/>'
        '<path d="M38 34h24M38 46h24M38 58h14" fill="none" stroke="#fff" stroke-width="4"/>'
    ),
    "SET": (
        '<path d="M20 40h60v40H20zM16 28h68v14H16z"/>'
        '<path d="M50 28v52M50 28c-22 0-16-18-2-8zm0 0c22 0 16-18 2-8z" fill="none" stroke="#fff" stroke-width="4"/>'
    ),
}
_PARCEL = (
    '<path d="M22 34l28-12 28 12v34L50 80 22 68z"/>'
    '<path d="M22 34l28 12 28-12M50 46v34" fill="none" stroke="#fff" stroke-width="4"/>'
)


def picture_of(seller_sku: str) -> str:
    """Where a SKU's picture is served: by the sandbox that is being asked, else where TikTok's are."""
    name = seller_sku.lower() or "none"
    root = request.host_url if has_request_context() else "https://p16-oec-va.ibyteimg.com/"
    return f"{root}pictures/{name}.svg"


def drawn(seller_sku: str) -> str:
    """An SVG of 100 by 100; each SKU has its own colour."""
    word, _, rest = seller_sku.upper().partition("-")
    hue = hashlib.sha256((rest or word).encode()).digest()[0] * 360 // 256
    hue = {"RED": 4, "BLUE": 215, "GRN": 140}.get(rest.partition("-")[0], hue)
    shape = _SHAPES.get(word, _PARCEL)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100">'
        f'<rect width="100" height="100" fill="hsl({hue} 42% 90%)"/>'
        f'<g fill="hsl({hue} 46% 48%)" stroke="hsl({hue} 46% 48%)" stroke-width="2" stroke-linejoin="round">{shape}</g></svg>'
    )


blueprint = Blueprint("pictures", __name__)


@blueprint.get("/pictures/<path:name>.svg")
def picture(name: str) -> Response:
    return Response(drawn(name), mimetype="image/svg+xml", headers={"Cache-Control": "max-age=3600"})
