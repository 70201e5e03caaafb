"""The language of an address: how names are split where they come from, and where the house number stands."""

from __future__ import annotations

import pytest

from connector.domain.order import Recipient
from connector.domain.person_names import split_name
from tests.domain.test_address import addressed, make_recipient


@pytest.mark.parametrize(
    ("country", "name", "first", "last"),
    [
        # Particles.
        ("NL", "Jan van der Berg", "Jan", "van der Berg"),
        ("NL", "Anna van 't Hoff", "Anna", "van 't Hoff"),
        ("DE", "Ursula von der Heide", "Ursula", "von der Heide"),
        ("IT", "Marco della Valle", "Marco", "della Valle"),
        ("US", "Ana de la Cruz", "Ana", "de la Cruz"),
        # Two surnames.
        ("ES", "María García López", "María", "García López"),
        ("ES", "María José García López", "María José", "García López"),
        ("ES", "Juan Carlos Pérez", "Juan Carlos", "Pérez"),
        ("ES", "José Ortega y Gasset", "José", "Ortega y Gasset"),
        ("MX", "Luis de la Torre Ramos", "Luis", "de la Torre Ramos"),
        ("MX", "Guadalupe Hernández", "Guadalupe", "Hernández"),
        ("BR", "João Pedro da Silva Santos", "João Pedro", "da Silva Santos"),
        ("BR", "Ana Paula Souza", "Ana Paula", "Souza"),
        ("BR", "Carlos Souza Lima", "Carlos", "Souza Lima"),
        ("ES", "M*** G*** L***", "M*** G***", "L***"),
        ("US", "Maria Garcia Lopez", "Maria Garcia", "Lopez"),
        # Family name first.
        ("VN", "Nguyễn Văn An", "Văn An", "Nguyễn"),
        ("JP", "山田 太郎", "太郎", "山田"),
        ("JP", "山田　太郎", "太郎", "山田"),
        ("JP", "ヤマダ タロウ", "タロウ", "ヤマダ"),
        ("JP", "YAMADA Taro", "Taro", "YAMADA"),
        ("JP", "Taro Yamada", "Taro", "Yamada"),
        ("US", "JANE DOE", "JANE", "DOE"),
        # Scripts without spaces, and Thai with its particle.
        ("JP", "山田太郎", "山田太郎", "-"),
        ("TH", "สมชาย ใจดี", "สมชาย", "ใจดี"),
        ("TH", "สมชาย ณ อยุธยา", "สมชาย", "ณ อยุธยา"),
    ],
)
def test_a_name_is_split_by_the_language_of_its_place(country: str, name: str, first: str, last: str) -> None:
    assert split_name(Recipient(name=name, first_name=name), country) == (first, last)


@pytest.mark.parametrize(
    ("country", "lines", "count", "street"),
    [
        ("NL", ("Keizersgracht 123",), 2, ("Keizersgracht", "123")),
        ("NL", ("Keizersgracht 123-A",), 2, ("Keizersgracht", "123-A")),
        ("NL", ("Keizersgracht 123-A",), 3, ("Keizersgracht", "123", "A")),
        ("NL", ("Plein 1940 12 bis",), 3, ("Plein 1940", "12", "bis")),
        ("NL", ("1e Helmersstraat 5",), 2, ("1e Helmersstraat", "5")),
        ("DE", ("Invalidenstraße 117", "Hinterhaus"), 2, ("Invalidenstraße", "117, Hinterhaus")),
        ("DE", ("Straße des 17. Juni 135",), 2, ("Straße des 17. Juni", "135")),
        ("DE", ("Hauptstr. 12a",), 3, ("Hauptstr.", "12a")),
        ("DE", ("Am Markt 12-14",), 2, ("Am Markt", "12-14")),
        ("DE", ("Packstation",), 2, ("Packstation",)),
        ("NL", ("K*** 1**",), 2, ("K*** 1**",)),
        ("NL", ("Keizersgracht 123",), 1, ("Keizersgracht 123",)),
        ("US", ("Market Street 12",), 2, ("Market Street 12",)),
    ],
)
def test_the_house_number_has_a_line_of_its_own_where_the_store_wants_it(
    country: str, lines: tuple[str, ...], count: int, street: tuple[str, ...]
) -> None:
    given = {f"address_line{number}": line for number, line in enumerate(lines, 1)}
    recipient = make_recipient(country, region="Texas" if country == "US" else "", **given)
    assert addressed(recipient, street_lines=count, house_number_line=True).street == street
    assert addressed(recipient, street_lines=4).street == lines


@pytest.mark.parametrize(
    ("count", "street"),
    [(1, ("A, B, C, D",)), (2, ("A", "B, C, D")), (3, ("A", "B", "C, D")), (4, ("A", "B", "C", "D"))],
)
def test_a_street_has_as_many_lines_as_the_store(count: int, street: tuple[str, ...]) -> None:
    given = {f"address_line{number}": line for number, line in enumerate("ABCD", 1)}
    assert addressed(make_recipient("DE", region="", **given), street_lines=count).street == street
