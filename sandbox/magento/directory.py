"""Countries, regions and currencies (recording 91); anonymous in Magento."""

from decimal import Decimal
from typing import Any

from sandbox.magento.errors import ApiError
from sandbox.magento.regions import COUNTRIES, RATES, REGIONS
from sandbox.magento.routing import Call, route
from sandbox.magento.state import State
from sandbox.magento.stores import BASE_CURRENCY

SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "CAD": "CA$", "AUD": "A$", "BRL": "R$", "MXN": "MX$"}


def rates(state: State) -> dict[str, Decimal]:
    given = RATES if state.settings.rates is None else {BASE_CURRENCY: "1"} | state.settings.rates
    return {code: Decimal(rate) for code, rate in given.items()}


@route("GET", "/V1/directory/countries", None)
def countries(call: Call) -> list[dict[str, Any]]:
    return [_country(code) for code in COUNTRIES]


@route("GET", "/V1/directory/countries/{countryId}", None)
def country(call: Call) -> dict[str, Any]:
    code = call.path["countryId"].upper()
    if code not in COUNTRIES:
        raise ApiError(404, "The country isn't available.")
    return _country(code)


def _country(code: str) -> dict[str, Any]:
    three, name = COUNTRIES[code]
    answer: dict[str, Any] = {
        "id": code,
        "two_letter_abbreviation": code,
        "three_letter_abbreviation": three,
        "full_name_locale": name,
        "full_name_english": name,
    }
    if code in REGIONS:
        # absent, not empty, where a country has none (recording 91)
        answer["available_regions"] = [{"id": str(r.id), "code": r.code, "name": r.name} for r in REGIONS[code]]
    return answer


@route("GET", "/V1/directory/currency", None)
def currency(call: Call) -> dict[str, Any]:
    known = rates(call.state)
    if call.store.rates is not None:
        known = {BASE_CURRENCY: Decimal(1)} | {code: Decimal(rate) for code, rate in call.store.rates.items()}
    return {
        "base_currency_code": BASE_CURRENCY,
        "base_currency_symbol": SYMBOLS[BASE_CURRENCY],
        "default_display_currency_code": call.store.currency,
        "default_display_currency_symbol": SYMBOLS.get(call.store.currency, call.store.currency),
        "available_currency_codes": list(known),
        "exchange_rates": [{"currency_to": code, "rate": rate} for code, rate in known.items()],
    }
