"""Addresses: what the documents' seventeen countries do not show. Regions, names, masks, and what replaces what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from connector.domain.address import better_address, postal_address
from connector.domain.countries import REGION_REQUIRED
from connector.domain.errors import NeedsMerchant
from connector.domain.order import District, Recipient
from connector.domain.person_names import NO_NAME, split_name
from connector.domain.postal import PostalAddress, Region
from connector.domain.settings import ShopSettings
from sandbox.magento.regions import REGIONS
from tests.domain.orders import make_line, make_order


def regions_of(country: str) -> list[Region]:
    return [Region(id=r.id, code=r.code, name=r.name) for r in REGIONS.get(country, ())]


def make_recipient(country: str = "US", *, region: str = "Texas", iso: str = "", **more: Any) -> Recipient:
    level = "L2" if country in ("ES", "IT", "FR") else "L1"
    fields: dict[str, Any] = {
        "name": "Ada Buyer",
        "phone_number": "+15125550100",
        "postal_code": "73301",
        "address_line1": "1 Main St",
        "districts": (
            District(level="L0", level_name="Country", name=country, iso_code=country),
            *((District(level=level, level_name="State", name=region, iso_code=iso),) if region or iso else ()),
            District(level="L3", level_name="City", name="Austin"),
        ),
    } | more
    return Recipient(region_code=country, **fields)


def addressed(
    recipient: Recipient, *, regions: list[Region] | None = None, cpf: str = "", **settings: Any
) -> PostalAddress:
    country = recipient.country_code
    return postal_address(
        recipient,
        make_order(make_line("1", "TEE", "19.90"), recipient=recipient, order={"cpf": cpf}),
        ShopSettings(**settings),
        regions_of(country) if regions is None else regions,
        country in REGION_REQUIRED,
    )


@pytest.mark.parametrize(
    ("country", "region", "iso", "found"),
    [
        ("US", "Texas", "US-TX", "Texas"),
        ("US", "whatever", "TX", "Texas"),
        ("US", "TEXAS", "", "Texas"),
        ("US", "Washington, D.C.", "", "District of Columbia"),
        ("US", "CA", "", "California"),
        ("DE", "Lower Saxony", "", "Niedersachsen"),
        ("DE", "whatever", "DE-NW", "Nordrhein-Westfalen"),
        ("DE", "Baden-Wurttemberg", "", "Baden-Württemberg"),
        ("ES", "Bizkaia", "", "Vizcaya"),
        ("ES", "Illes Balears", "", "Baleares"),
        ("ES", "La Coruña", "", "A Coruña"),
        ("ES", "Province of Málaga", "", "Malaga"),
        ("IT", "Milan", "", "Milano"),
        ("IT", "Forli-Cesena", "", "Forlì-Cesena"),
        ("FR", "Ain", "FR-01", "Ain"),
        ("FR", "cotes d armor", "", "Côtes-d'Armor"),
        ("MX", "Distrito Federal", "", "Ciudad de México"),
        ("MX", "México", "", "Estado de México"),
        ("MX", "Michoacán de Ocampo", "", "Michoacán"),
        ("BR", "Sao Paulo", "", "São Paulo"),
        ("BR", "Federal District", "", "Distrito Federal"),
    ],
)
def test_a_region_is_found_by_code_name_and_other_names(country: str, region: str, iso: str, found: str) -> None:
    address = addressed(make_recipient(country, region=region, iso=iso))
    assert address.region == found
    assert address.region_id in {r.id for r in REGIONS[country] if r.name == found}


def test_magentos_misspelt_coruna_is_found_too() -> None:
    misspelt = [Region(id=130, code="A Coruсa", name="A Coruсa")]  # with a Cyrillic letter, as Magento delivers it
    assert addressed(make_recipient("ES", region="A Coruña"), regions=misspelt).region_id == 130


@pytest.mark.parametrize(
    ("country", "postcode", "found"),
    [("ES", "28001", "Madrid"), ("ES", "48001", "Vizcaya"), ("ES", "07001", "Baleares"), ("FR", "75002", "Paris"),
     ("FR", "01000", "Ain"), ("FR", "20000", "Corse-du-Sud"), ("FR", "20200", "Haute-Corse")],
)  # fmt: skip
def test_in_spain_and_france_the_post_code_tells_where_no_district_does(
    country: str, postcode: str, found: str
) -> None:
    assert addressed(make_recipient(country, region="", postal_code=postcode)).region == found


def test_a_county_called_washington_does_not_make_oregon_washington() -> None:
    county = District(level="L2", level_name="County", name="Washington")
    recipient = make_recipient(region="Oregon")
    assert addressed(replace(recipient, districts=(*recipient.districts, county))).region == "Oregon"


def test_an_unknown_region_is_an_error_that_says_what_to_do() -> None:
    with pytest.raises(NeedsMerchant) as caught:
        addressed(make_recipient(region="Atlantis"))
    assert caught.value.code == "unknown_region"
    assert "Atlantis" in caught.value.message and "fallback" in caught.value.remedy
    assert "Main St" not in caught.value.message and "Ada" not in caught.value.message


def test_a_fallback_region_is_the_one_named_else_the_first() -> None:
    recipient = make_recipient(region="Atlantis")
    assert addressed(recipient, unknown_region="fallback", fallback_region="NY").region == "New York"
    assert addressed(recipient, unknown_region="fallback").region == "Alabama"
    assert addressed(recipient, unknown_region="fallback", fallback_region="Mordor").region == "Alabama"


def test_an_unknown_region_is_kept_as_text_where_magento_needs_none() -> None:
    address = addressed(make_recipient("GB", region="Kent"))
    assert (address.region, address.region_id) == ("Kent", None)


def test_no_address_is_an_error() -> None:
    for recipient in (Recipient(), Recipient(name="Ada Buyer", address_line1="1 Main St"), Recipient(region_code="US")):
        with pytest.raises(NeedsMerchant) as caught:
            addressed(recipient)
        assert caught.value.code == "no_address"


@pytest.mark.parametrize(
    ("country", "name", "split"),
    [
        ("US", "Ada Buyer", ("Ada", "Buyer")),
        ("US", "  Ada   Mary  Buyer ", ("Ada Mary", "Buyer")),
        ("US", "Cher", ("Cher", "-")),
        ("US", "", NO_NAME),
        ("NL", "Anna van den Berg", ("Anna", "van den Berg")),
        ("ES", "María José de la Cruz", ("María José", "de la Cruz")),
        ("DE", "Ludwig van Beethoven", ("Ludwig", "van Beethoven")),
        ("BR", "João da Silva", ("João", "da Silva")),
        ("MY", "Ahmad bin Abdullah", ("Ahmad", "bin Abdullah")),
        ("US", "Van Morrison", ("Van", "Morrison")),
        ("VN", "Nguyễn Văn An", ("Văn An", "Nguyễn")),
        ("JP", "山田 太郎", ("太郎", "山田")),
        ("JP", "山田太郎", ("山田太郎", "-")),
        ("US", "J*** S***", ("J***", "S***")),
        ("US", "J***", ("J***", "-")),
        ("US", "<script>alert(1)</script> O'Brien", ("<script>alert(1)</script>", "O'Brien")),
    ],
)
def test_one_name_becomes_two(country: str, name: str, split: tuple[str, str]) -> None:
    # Where the buyer gave one name only, TikTok repeats it as the first name.
    assert split_name(Recipient(name=name, first_name=name), country) == split


def test_both_names_are_taken_as_given() -> None:
    recipient = Recipient(name="Ana María López", first_name="Ana María", last_name="López")
    assert split_name(recipient, "ES") == ("Ana María", "López")


def test_street_lines_that_are_too_many_are_joined_into_the_last() -> None:
    recipient = make_recipient(address_line2="Apt 2", address_line3="Back door", address_line4="Ring twice")
    assert addressed(recipient).street == ("1 Main St", "Apt 2, Back door, Ring twice")
    assert addressed(recipient, street_lines=3).street == ("1 Main St", "Apt 2", "Back door, Ring twice")
    assert addressed(recipient, street_lines=1).street == ("1 Main St, Apt 2, Back door, Ring twice",)
    assert addressed(recipient, street_lines=0).street == ("1 Main St, Apt 2, Back door, Ring twice",)


def test_nothing_is_written_twice_into_the_street() -> None:
    recipient = make_recipient(
        address_line2="1 Main St", address_detail="1 Main St", full_address="US, Texas, 1 Main St"
    )
    assert addressed(recipient).street == ("1 Main St",)


def test_a_detail_that_no_line_has_is_kept() -> None:
    assert addressed(make_recipient(address_detail="Unit 1, Building 8")).street == ("1 Main St", "Unit 1, Building 8")


def test_without_lines_the_whole_address_is_the_street() -> None:
    recipient = make_recipient(address_line1="", full_address="United States, Texas, Austin, 1 Main St")
    assert addressed(recipient).street == ("United States, Texas, Austin, 1 Main St",)


def test_a_district_that_a_line_names_already_is_not_added() -> None:
    ward = District(level="L3", level_name="Ward", name="Bến Nghé")
    city = District(level="L2", level_name="District", name="Quận 1")
    recipient = Recipient(region_code="VN", name="An", address_line1="12 Lê Lợi, Ben Nghe", districts=(ward, city))
    assert addressed(recipient).street == ("12 Lê Lợi, Ben Nghe",)


def test_placeholders_stand_for_what_magento_requires_and_tiktok_does_not_give() -> None:
    recipient = make_recipient("VN", phone_number=" ", postal_code="")
    address = addressed(recipient, telephone_placeholder="0000000", postcode_placeholder="700000")
    assert (address.telephone, address.postcode) == ("0000000", "700000")
    assert addressed(make_recipient("IE", postal_code="")).postcode == ""


def test_a_tax_number_is_brazils_only() -> None:
    assert addressed(make_recipient("BR", region="Bahia"), cpf="123").vat_id == "123"
    assert addressed(make_recipient("US"), cpf="123").vat_id == ""


def test_hostile_text_is_kept_as_the_buyer_wrote_it() -> None:
    hostile = "<img src=x onerror=alert(1)> & 'Co'; DROP TABLE sales_order; 🏠"
    assert addressed(make_recipient(address_line1=hostile)).street == (hostile,)


def test_a_masked_recipient_is_marked_and_needs_no_readable_region() -> None:
    masked = make_recipient(region="T****", name="J*** S***", address_line1="1 M****", phone_number="(+1)***")
    address = addressed(masked, fallback_region="TX")
    assert address.is_masked
    assert (address.firstname, address.street, address.region) == ("J***", ("1 M****",), "Texas")


REAL = PostalAddress(
    firstname="Ada",
    lastname="Buyer",
    street=("1 Main St",),
    city="Austin",
    postcode="73301",
    country_id="US",
    telephone="+15125550100",
    region="Texas",
    region_code="TX",
    region_id=57,
)
MASKED = replace(
    REAL, firstname="A**", lastname="B***", street=("1 M***",), postcode="733**", telephone="(+1)***", is_masked=True
)


def test_a_masked_value_never_overwrites_a_real_one() -> None:
    assert better_address(REAL, MASKED) == REAL


def test_a_real_address_replaces_a_masked_one_and_an_older_real_one() -> None:
    moved = replace(REAL, city="Dallas", street=("2 Elm St",))
    assert better_address(MASKED, REAL) == REAL
    assert better_address(REAL, moved) == moved


def test_a_masked_address_elsewhere_is_not_mixed_with_a_real_one() -> None:
    assert better_address(REAL, replace(MASKED, city="Dallas")) == REAL


def test_a_masked_address_elsewhere_replaces_a_masked_one() -> None:
    moved = replace(MASKED, city="Dallas")
    assert better_address(MASKED, moved) == moved


def test_what_is_readable_in_either_of_two_masked_addresses_is_kept() -> None:
    with_name = replace(MASKED, firstname="Ada", lastname="Buyer")
    with_phone = replace(MASKED, telephone="+15125550100")
    both = better_address(with_name, with_phone)
    assert (both.firstname, both.telephone, both.street, both.is_masked) == ("Ada", "+15125550100", ("1 M***",), True)
    assert better_address(both, both) == both
