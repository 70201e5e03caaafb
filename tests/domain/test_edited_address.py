"""An address that a person puts right: what it must be, as a table; when it is written over Magento's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.domain import edited_address, plan_details
from connector.domain.billing import fixed_billing
from connector.domain.errors import NeedsMerchant
from connector.domain.magento_order import MagentoOrder
from connector.domain.order import Recipient
from connector.domain.postal import PostalAddress, Region
from connector.domain.settings import ShopSettings
from connector.domain.steps import Record
from tests.domain.orders import D, make_line, make_order

REGIONS = (Region(id=12, code="CA", name="California"), Region(id=57, code="TX", name="Texas"))
GOOD = PostalAddress(
    firstname="Ada",
    lastname="Lovelace",
    street=("12 Market Street", "Apt 4"),
    city="Los Angeles",
    postcode="90001",
    country_id="US",
    telephone="(+1)213-555-0100",
    region_id=12,
)


def test_a_whole_address_has_no_problems() -> None:
    assert edited_address.problems(GOOD, REGIONS, street_lines=2) == {}


@pytest.mark.parametrize(
    ("changed", "field", "words"),
    [
        ({"firstname": ""}, "firstname", "First name must not be empty"),
        ({"lastname": "L***"}, "lastname", "type it in full"),
        ({"street": ()}, "street", "Street must not be empty"),
        ({"street": ("1", "2", "3")}, "street", "at most 2 lines"),
        ({"street": ("x" * 201,)}, "street", "at most 200 characters"),
        ({"city": ""}, "city", "City must not be empty"),
        ({"city": "Los\x00"}, "city", "control characters"),
        ({"postcode": "9000"}, "postcode", "not one of US's"),
        ({"postcode": "SW1A1A", "country_id": "GB"}, "postcode", "SW1A 1AA"),
        ({"postcode": "1234", "country_id": "NL"}, "postcode", "1012 AB"),
        ({"telephone": "call me"}, "telephone", "digits"),
        ({"telephone": ""}, "telephone", "must not be empty"),
        ({"region_id": None}, "region", "Magento's list"),
        ({"region_id": 999}, "region", "not one of this country's"),
    ],
)
def test_what_is_wrong_is_named_by_its_field(changed: dict, field: str, words: str) -> None:
    wrong = edited_address.problems(replace(GOOD, **changed), REGIONS, street_lines=2)
    assert list(wrong) == [field]
    assert words in wrong[field]


def test_a_region_that_is_not_known_yet_is_left_to_the_worker() -> None:
    nameless = replace(GOOD, region_id=None)
    assert edited_address.problems(nameless, None, street_lines=2) == {}
    with pytest.raises(NeedsMerchant, match="names none of its"):
        edited_address.with_region(nameless, REGIONS)
    assert edited_address.with_region(GOOD, REGIONS).region_code == "CA"


def test_it_is_kept_and_read_as_it_is() -> None:
    assert edited_address.from_stored(edited_address.to_stored(GOOD) | {"by": "ada@example.com"}) == GOOD
    assert edited_address.from_stored(None) is None


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("state", ["new", "processing", "complete", "canceled", "closed"])
def test_it_goes_over_magentos_address_once_whatever_tiktok_hides(masked: bool, state: str) -> None:
    order = make_order(
        make_line("1", "MUG", "5"), recipient=Recipient(name="A***", region_code="US") if masked else None
    )
    magento = MagentoOrder(entity_id=1, increment_id="1", state=state, status=state, grand_total=D("5"))
    record = Record(address_print="of TikTok's", edited_address=GOOD)
    update = plan_details.UpdateAddressInMagento()
    is_written = update in plan_details.details(order, record, magento, ShopSettings())
    assert is_written == (state not in ("canceled", "closed"))
    done = replace(record, address_print=edited_address.print_of(order.id, GOOD))
    assert update not in plan_details.details(order, done, magento, ShopSettings())


def test_the_billing_address_of_the_settings_has_magentos_region() -> None:
    settings = ShopSettings(
        billing_address="fixed",
        billing_company="TikTok Shop",
        billing_street="1 Main St",
        billing_region="tx",
        billing_country="US",
    )
    billing = fixed_billing(settings, REGIONS, region_required=True)
    assert (billing.region_id, billing.company, billing.telephone) == (57, "TikTok Shop", "000-000-0000")
    with pytest.raises(NeedsMerchant) as refused:
        fixed_billing(replace(settings, billing_region="Bavaria"), REGIONS, region_required=True)
    assert refused.value.code == "billing_region_unknown"
