"""Names by which TikTok and Magento call the same state or province, where they differ.

Each group holds names of one region (ISO 3166-2 codes without the country, English, local and old names, Magento's own
spelling); they are compared without accents, case and words such as "province of". Magento's directory writes, for
instance, "Vizcaya" where TikTok writes "Bizkaia", and gives German states codes of its own ("NDS" for Lower Saxony).
"""

from __future__ import annotations

import re
import unicodedata

_ALIASES: dict[str, tuple[str, ...]] = {
    "US": (
        "DC|District of Columbia|Washington DC|Washington, D.C.|D.C.",
        "AE|Armed Forces Europe|Armed Forces Middle East|Armed Forces Africa|Armed Forces Canada",
        "AA|Armed Forces Americas",
        "AP|Armed Forces Pacific",
        "VI|Virgin Islands|U.S. Virgin Islands|United States Virgin Islands",
        "MP|Northern Mariana Islands",
    ),
    "DE": (
        "BW|BAW|Baden-Württemberg",
        "BY|BAY|Bayern|Bavaria",
        "BE|BER|Berlin",
        "BB|BRG|Brandenburg",
        "HB|BRE|Bremen|Free Hanseatic City of Bremen",
        "HH|HAM|Hamburg",
        "HE|HES|Hessen|Hesse",
        "MV|MEC|Mecklenburg-Vorpommern|Mecklenburg-Western Pomerania",
        "NI|NDS|Niedersachsen|Lower Saxony",
        "NW|NRW|Nordrhein-Westfalen|North Rhine-Westphalia",
        "RP|RHE|Rheinland-Pfalz|Rhineland-Palatinate",
        "SL|SAR|Saarland",
        "SN|SAS|Sachsen|Saxony",
        "ST|SAC|Sachsen-Anhalt|Saxony-Anhalt",
        "SH|SCN|Schleswig-Holstein",
        "TH|THE|Thüringen|Thuringia",
    ),
    "ES": (
        "VI|Alava|Araba|Araba/Álava|Álava",
        "C|A Coruña|La Coruña|Coruña|A Coruсa",  # Magento's own name has a Cyrillic letter in it
        "PM|IB|Baleares|Illes Balears|Islas Baleares|Balearic Islands",
        "BI|Vizcaya|Bizkaia|Biscay",
        "SS|Guipuzcoa|Gipuzkoa",
        "GI|Gerona|Girona",
        "L|Lérida|Lleida",
        "OR|Orense|Ourense",
        "RI|LO|La Rioja|Rioja",
        "NA|NC|Navarra|Navarre|Nafarroa",
        "O|Asturias|Principado de Asturias",
        "S|Cantabria",
        "M|Madrid|Comunidad de Madrid|Community of Madrid",
        "MU|Murcia|Región de Murcia|Region of Murcia",
        "SE|Sevilla|Seville",
        "Z|Zaragoza|Saragossa",
        "CS|Castellón|Castelló",
        "A|Alicante|Alacant",
        "V|Valencia|València",
        "TF|Santa Cruz de Tenerife|Tenerife",
        "GC|Las Palmas|Las Palmas de Gran Canaria",
    ),
    "IT": (
        "RM|Roma|Rome",
        "MI|Milano|Milan",
        "TO|Torino|Turin",
        "NA|Napoli|Naples",
        "FI|Firenze|Florence",
        "VE|Venezia|Venice",
        "GE|Genova|Genoa",
        "MN|Mantova|Mantua",
        "PD|Padova|Padua",
        "SR|Siracusa|Syracuse",
        "TN|Trento|Trent",
        "BZ|Bolzano|Bozen|Alto Adige|South Tyrol",
        "AO|Aosta|Valle d'Aosta|Aosta Valley",
        "MB|Monza e Brianza|Monza e della Brianza|Monza and Brianza",
        "FC|Forlì-Cesena|Forli-Cesena",
        "PU|Pesaro e Urbino|Pesaro and Urbino",
        "RC|Reggio Calabria|Reggio di Calabria",
        "RE|Reggio Emilia|Reggio nell'Emilia",
    ),
    "FR": ("2A|Corse-du-Sud|South Corsica", "2B|Haute-Corse|Upper Corsica", "75|Paris"),
    "MX": (
        "CMX|DIF|CDMX|DF|Ciudad de México|Mexico City|Distrito Federal",
        "MEX|México|Estado de México|State of Mexico",
        "COA|Coahuila|Coahuila de Zaragoza",
        "MIC|Michoacán|Michoacán de Ocampo",
        "VER|Veracruz|Veracruz de Ignacio de la Llave",
        "QUE|Querétaro|Querétaro de Arteaga|Querétaro Arteaga",
        "NLE|Nuevo León",
    ),
    "BR": ("DF|Distrito Federal|Federal District", "SP|São Paulo", "RJ|Rio de Janeiro"),
    "JP": (
        "13|Tokyo|東京都|東京",
        "27|Osaka|大阪府|大阪",
        "26|Kyoto|京都府|京都",
        "01|Hokkaido|北海道",
    ),
    "ID": ("JK|DKI Jakarta|Jakarta|Daerah Khusus Ibukota Jakarta", "YO|DI Yogyakarta|Yogyakarta|Daerah Istimewa Yogyakarta"),
    "TH": ("10|Bangkok|Krung Thep Maha Nakhon|กรุงเทพมหานคร",),
    "MY": (
        "14|Kuala Lumpur|Wilayah Persekutuan Kuala Lumpur|WP Kuala Lumpur",
        "07|Penang|Pulau Pinang",
        "04|Melaka|Malacca",
        "16|Putrajaya|Wilayah Persekutuan Putrajaya",
        "15|Labuan|Wilayah Persekutuan Labuan",
    ),
    "PH": ("00|Metro Manila|National Capital Region|NCR",),
    "VN": ("SG|Ho Chi Minh|Hồ Chí Minh|TP. Hồ Chí Minh|Ho Chi Minh City", "HN|Hà Nội|Hanoi"),
}  # fmt: skip

#: What people put before or after a region's own name.
_WORDS = re.compile(
    r"\b(state of|province of|provincia de|provincia di|provincia|province|prefecture|county of|region of|departamento de|"
    r"comunidad de|comunidad autonoma de|estado de|estado do|estado da|departement|metropolitan city of|"
    r"citta metropolitana di)\b"
)

#: The provinces of Spain by the first two digits of a post code: with these, the post code alone decides.
_SPAIN = " ".join(
    (
        "Alava Albacete Alicante Almería Ávila Badajoz Baleares Barcelona Burgos Cáceres Cádiz Castellón Ciudad_Real Córdoba",
        "A_Coruña Cuenca Girona Granada Guadalajara Guipuzcoa Huelva Huesca Jaén León Lleida La_Rioja Lugo Madrid Málaga Murcia",
        "Navarra Ourense Asturias Palencia Las_Palmas Pontevedra Salamanca Santa_Cruz_de_Tenerife Cantabria Segovia Sevilla",
        "Soria Tarragona Teruel Toledo Valencia Valladolid Vizcaya Zamora Zaragoza Ceuta Melilla",
    )
).split()


def plain(text: str) -> str:
    """A name without accents, case, punctuation and doubled spaces, for comparing."""
    decomposed = unicodedata.normalize("NFKD", text.replace("đ", "d").replace("Đ", "D").replace("ß", "ss"))
    letters = "".join(char for char in decomposed if not unicodedata.combining(char)).casefold()
    return " ".join(re.sub(r"[\W_]+", " ", letters).split())


def bare(text: str) -> str:
    """`plain`, without words such as "province of"."""
    return " ".join(_WORDS.sub(" ", plain(text)).split()) or plain(text)


def also_called(country: str, name: str) -> frozenset[str]:
    """All names (plain) of the region of `country` that is called `name`, or has it as its code; its own included."""
    names = {plain(name), bare(name)}
    for group in _ALIASES.get(country, ()):
        members = {form for member in group.split("|") for form in (plain(member), bare(member))}
        if plain(name) in members or bare(name) in members:
            names |= members
    return frozenset(names - {""})


def region_by_postcode(country: str, postcode: str) -> str:
    """The region that a post code lies in, where its first digits say it (ES provinces, FR départements); else ""."""
    digits = postcode.strip().replace(" ", "")
    if len(digits) != 5 or not digits.isdigit():
        return ""
    if country == "ES":
        number = int(digits[:2])
        return _SPAIN[number - 1].replace("_", " ") if 1 <= number <= len(_SPAIN) else ""
    if country == "FR":
        if digits[:2] == "20":
            return "2A" if digits[2] in "01" else "2B"
        return digits[:3] if digits[:2] in ("97", "98") else digits[:2]
    return ""
