"""What Magento expects of addresses, by country."""

#: Countries for which Magento, as it is delivered, requires a state or province (its setting "State is Required for");
#: a cart without the region's id is refused there when it is placed (recording 81).
REGION_REQUIRED = frozenset(
    {
        "AU",
        "BR",
        "BY",
        "CA",
        "CH",
        "CL",
        "CN",
        "CO",
        "CZ",
        "EC",
        "EE",
        "ES",
        "HR",
        "IN",
        "IS",
        "IT",
        "LT",
        "LV",
        "MX",
        "PE",
        "PL",
        "PT",
    }
    | {"PY", "RO", "SE", "SI", "SK", "SR", "US", "UY", "VE"}
)

#: Magento asks for no post code here (Stores > Configuration > General > Country Options, as delivered).
POSTCODE_OPTIONAL = frozenset({"HK", "IE", "MO", "PA"})
