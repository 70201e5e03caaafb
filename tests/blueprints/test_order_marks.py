"""What is special about an order, in the panel: badges, a filter, and links between an order and its replacement."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests import factories


def test_marks_are_badges_and_a_filter(viewer: FlaskClient) -> None:
    shop = factories.make_shop()
    sample = factories.make_order(shop, is_sample_order=True)
    gift = factories.make_order(shop, line_items=[factories.make_line(), factories.make_line(is_gift=True, price="0")])
    plain = factories.make_order(shop)
    page = viewer.get("/orders?mark=sample").text
    assert sample.tiktok_order_id in page
    assert gift.tiktok_order_id not in page
    assert plain.tiktok_order_id not in page
    assert ">Sample</span>" in page
    assert 'mark">Gift</span>' in viewer.get(f"/orders/{gift.tiktok_order_id}").text
    # A mark that there is none of is left out, as every filter that makes no sense.
    assert plain.tiktok_order_id in viewer.get("/orders?mark=nonsense").text


def test_a_replacement_and_its_original_lead_to_each_other(viewer: FlaskClient) -> None:
    shop = factories.make_shop()
    original = factories.make_order(shop)
    new = factories.make_order(shop, is_replacement_order=True, replaced_order_id=original.tiktok_order_id)
    assert f'href="/orders/{original.tiktok_order_id}"' in viewer.get(f"/orders/{new.tiktok_order_id}").text
    page = viewer.get(f"/orders/{original.tiktok_order_id}").text
    assert "Replaced by" in page
    assert f'href="/orders/{new.tiktok_order_id}"' in page
