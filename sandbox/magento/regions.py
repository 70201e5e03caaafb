"""Countries and their regions as a fresh Magento numbers them: region ids run through the countries in a fixed order.

The ids of US, CA, DE, AT, CH, ES and BR are Magento's own. Those of the countries that Magento added later depend on the order
in which an installation applied its updates, so a client has to read them from `GET /V1/directory/countries/{id}` anyway.
"""

from typing import NamedTuple


class Region(NamedTuple):
    id: int
    code: str
    name: str


_US = """\
AL Alabama|AK Alaska|AS American Samoa|AZ Arizona|AR Arkansas|AE Armed Forces Africa|AA Armed Forces Americas|\
AE Armed Forces Canada|AE Armed Forces Europe|AE Armed Forces Middle East|AP Armed Forces Pacific|CA California|\
CO Colorado|CT Connecticut|DE Delaware|DC District of Columbia|FM Federated States Of Micronesia|FL Florida|\
GA Georgia|GU Guam|HI Hawaii|ID Idaho|IL Illinois|IN Indiana|IA Iowa|KS Kansas|KY Kentucky|LA Louisiana|ME Maine|\
MH Marshall Islands|MD Maryland|MA Massachusetts|MI Michigan|MN Minnesota|MS Mississippi|MO Missouri|MT Montana|\
NE Nebraska|NV Nevada|NH New Hampshire|NJ New Jersey|NM New Mexico|NY New York|NC North Carolina|ND North Dakota|\
MP Northern Mariana Islands|OH Ohio|OK Oklahoma|OR Oregon|PW Palau|PA Pennsylvania|PR Puerto Rico|RI Rhode Island|\
SC South Carolina|SD South Dakota|TN Tennessee|TX Texas|UT Utah|VT Vermont|VI Virgin Islands|VA Virginia|\
WA Washington|WV West Virginia|WI Wisconsin|WY Wyoming"""
_CA = """\
AB Alberta|BC British Columbia|MB Manitoba|NL Newfoundland and Labrador|NB New Brunswick|NS Nova Scotia|\
NT Northwest Territories|NU Nunavut|ON Ontario|PE Prince Edward Island|QC Quebec|SK Saskatchewan|YT Yukon Territory"""
_DE = """\
NDS Niedersachsen|BAW Baden-Württemberg|BAY Bayern|BER Berlin|BRG Brandenburg|BRE Bremen|HAM Hamburg|HES Hessen|\
MEC Mecklenburg-Vorpommern|NRW Nordrhein-Westfalen|RHE Rheinland-Pfalz|SAR Saarland|SAS Sachsen|SAC Sachsen-Anhalt|\
SCN Schleswig-Holstein|THE Thüringen"""
_AT = """\
WI Wien|NO Niederösterreich|OO Oberösterreich|SB Salzburg|KN Kärnten|ST Steiermark|TI Tirol|BL Burgenland|\
VB Vorarlberg"""
_CH = """\
AG Aargau|AI Appenzell Innerrhoden|AR Appenzell Ausserrhoden|BE Bern|BL Basel-Landschaft|BS Basel-Stadt|FR Friburg|\
GE Geneva|GL Glarus|GR Graubünden|JU Jura|LU Lucerne|NE Neuchâtel|NW Nidwalden|OW Obwalden|SG St. Gallen|\
SH Schaffhausen|SO Solothurn|SZ Schwyz|TG Thurgau|TI Ticino|UR Uri|VD Vaud|VS Wallis|ZG Zug|ZH Zürich"""
_ES = """\
A Coruña|Alava|Albacete|Alicante|Almeria|Asturias|Avila|Badajoz|Baleares|Barcelona|Burgos|Caceres|Cadiz|Cantabria|\
Castellon|Ceuta|Ciudad Real|Cordoba|Cuenca|Girona|Granada|Guadalajara|Guipuzcoa|Huelva|Huesca|Jaen|La Rioja|\
Las Palmas|Leon|Lleida|Lugo|Madrid|Malaga|Melilla|Murcia|Navarra|Ourense|Palencia|Pontevedra|Salamanca|\
Santa Cruz de Tenerife|Segovia|Sevilla|Soria|Tarragona|Teruel|Toledo|Valencia|Valladolid|Vizcaya|Zamora|Zaragoza"""
_FR = """\
1 Ain|2 Aisne|3 Allier|4 Alpes-de-Haute-Provence|5 Hautes-Alpes|6 Alpes-Maritimes|7 Ardèche|8 Ardennes|9 Ariège|\
10 Aube|11 Aude|12 Aveyron|13 Bouches-du-Rhône|14 Calvados|15 Cantal|16 Charente|17 Charente-Maritime|18 Cher|\
19 Corrèze|2A Corse-du-Sud|2B Haute-Corse|21 Côte-d'Or|22 Côtes-d'Armor|23 Creuse|24 Dordogne|25 Doubs|26 Drôme|\
27 Eure|28 Eure-et-Loir|29 Finistère|30 Gard|31 Haute-Garonne|32 Gers|33 Gironde|34 Hérault|35 Ille-et-Vilaine|\
36 Indre|37 Indre-et-Loire|38 Isère|39 Jura|40 Landes|41 Loir-et-Cher|42 Loire|43 Haute-Loire|44 Loire-Atlantique|\
45 Loiret|46 Lot|47 Lot-et-Garonne|48 Lozère|49 Maine-et-Loire|50 Manche|51 Marne|52 Haute-Marne|53 Mayenne|\
54 Meurthe-et-Moselle|55 Meuse|56 Morbihan|57 Moselle|58 Nièvre|59 Nord|60 Oise|61 Orne|62 Pas-de-Calais|\
63 Puy-de-Dôme|64 Pyrénées-Atlantiques|65 Hautes-Pyrénées|66 Pyrénées-Orientales|67 Bas-Rhin|68 Haut-Rhin|69 Rhône|\
70 Haute-Saône|71 Saône-et-Loire|72 Sarthe|73 Savoie|74 Haute-Savoie|75 Paris|76 Seine-Maritime|77 Seine-et-Marne|\
78 Yvelines|79 Deux-Sèvres|80 Somme|81 Tarn|82 Tarn-et-Garonne|83 Var|84 Vaucluse|85 Vendée|86 Vienne|\
87 Haute-Vienne|88 Vosges|89 Yonne|90 Territoire-de-Belfort|91 Essonne|92 Hauts-de-Seine|93 Seine-Saint-Denis|\
94 Val-de-Marne|95 Val-d'Oise"""
_BR = """\
AC Acre|AL Alagoas|AP Amapá|AM Amazonas|BA Bahia|CE Ceará|ES Espírito Santo|GO Goiás|MA Maranhão|MT Mato Grosso|\
MS Mato Grosso do Sul|MG Minas Gerais|PA Pará|PB Paraíba|PR Paraná|PE Pernambuco|PI Piauí|RJ Rio de Janeiro|\
RN Rio Grande do Norte|RS Rio Grande do Sul|RO Rondônia|RR Roraima|SC Santa Catarina|SP São Paulo|SE Sergipe|\
TO Tocantins|DF Distrito Federal"""
_IN = """\
AN Andaman and Nicobar Islands|AP Andhra Pradesh|AR Arunachal Pradesh|AS Assam|BR Bihar|CH Chandigarh|\
CT Chhattisgarh|DL Delhi|GA Goa|GJ Gujarat|HR Haryana|HP Himachal Pradesh|JK Jammu and Kashmir|JH Jharkhand|\
KA Karnataka|KL Kerala|MP Madhya Pradesh|MH Maharashtra|MN Manipur|ML Meghalaya|MZ Mizoram|NL Nagaland|OR Odisha|\
PY Puducherry|PB Punjab|RJ Rajasthan|SK Sikkim|TN Tamil Nadu|TG Telangana|TR Tripura|UP Uttar Pradesh|\
UT Uttarakhand|WB West Bengal"""
_AU = """\
ACT Australian Capital Territory|NSW New South Wales|VIC Victoria|QLD Queensland|SA South Australia|TAS Tasmania|\
WA Western Australia|NT Northern Territory"""
_MX = """\
AGU Aguascalientes|BCN Baja California|BCS Baja California Sur|CAM Campeche|CHP Chiapas|CHH Chihuahua|\
CMX Ciudad de México|COA Coahuila|COL Colima|DUR Durango|MEX Estado de México|GUA Guanajuato|GRO Guerrero|\
HID Hidalgo|JAL Jalisco|MIC Michoacán|MOR Morelos|NAY Nayarit|NLE Nuevo León|OAX Oaxaca|PUE Puebla|QUE Querétaro|\
ROO Quintana Roo|SLP San Luis Potosí|SIN Sinaloa|SON Sonora|TAB Tabasco|TAM Tamaulipas|TLA Tlaxcala|VER Veracruz|\
YUC Yucatán|ZAC Zacatecas"""
_IT = """\
AG Agrigento|AL Alessandria|AN Ancona|AO Aosta|AR Arezzo|AP Ascoli Piceno|AT Asti|AV Avellino|BA Bari|\
BT Barletta-Andria-Trani|BL Belluno|BN Benevento|BG Bergamo|BI Biella|BO Bologna|BZ Bolzano|BS Brescia|BR Brindisi|\
CA Cagliari|CL Caltanissetta|CB Campobasso|CE Caserta|CT Catania|CZ Catanzaro|CH Chieti|CO Como|CS Cosenza|\
CR Cremona|KR Crotone|CN Cuneo|EN Enna|FM Fermo|FE Ferrara|FI Firenze|FG Foggia|FC Forlì-Cesena|FR Frosinone|\
GE Genova|GO Gorizia|GR Grosseto|IM Imperia|IS Isernia|AQ L'Aquila|SP La Spezia|LT Latina|LE Lecce|LC Lecco|\
LI Livorno|LO Lodi|LU Lucca|MC Macerata|MN Mantova|MS Massa-Carrara|MT Matera|ME Messina|MI Milano|MO Modena|\
MB Monza e della Brianza|NA Napoli|NO Novara|NU Nuoro|OR Oristano|PD Padova|PA Palermo|PR Parma|PV Pavia|PG Perugia|\
PU Pesaro e Urbino|PE Pescara|PC Piacenza|PI Pisa|PT Pistoia|PN Pordenone|PZ Potenza|PO Prato|RG Ragusa|RA Ravenna|\
RC Reggio Calabria|RE Reggio Emilia|RI Rieti|RN Rimini|RM Roma|RO Rovigo|SA Salerno|SS Sassari|SV Savona|SI Siena|\
SR Siracusa|SO Sondrio|SU Sud Sardegna|TA Taranto|TE Teramo|TR Terni|TO Torino|TP Trapani|TN Trento|TV Treviso|\
TS Trieste|UD Udine|VA Varese|VE Venezia|VB Verbano-Cusio-Ossola|VC Vercelli|VR Verona|VV Vibo Valentia|VI Vicenza|\
VT Viterbo"""

# First id of each country's block. In Magento's ES and (here) no other block the code is the name itself.
_BLOCKS: tuple[tuple[str, int, str], ...] = (
    ("US", 1, _US),
    ("CA", 66, _CA),
    ("DE", 79, _DE),
    ("AT", 95, _AT),
    ("CH", 104, _CH),
    ("ES", 130, _ES),
    ("FR", 182, _FR),
    ("BR", 485, _BR),
    ("IN", 533, _IN),
    ("AU", 569, _AU),
    ("IT", 700, _IT),
    ("MX", 900, _MX),
)


def _block(country: str, first: int, text: str) -> tuple[Region, ...]:
    regions = []
    for number, entry in enumerate(text.split("|"), start=first):
        code, name = (entry, entry) if country == "ES" else entry.split(" ", 1)
        regions.append(Region(number, code, name))
    return tuple(regions)


REGIONS: dict[str, tuple[Region, ...]] = {country: _block(country, first, text) for country, first, text in _BLOCKS}

REGION_REQUIRED = frozenset({"AU", "BR", "CA", "CH", "ES", "IN", "IT", "MX", "US"})
"""Magento's default of `general/region/state_required`, as far as this sandbox has the countries' regions. DE, AT and FR have
regions that may be left out."""

POSTCODE_OPTIONAL = frozenset({"HK", "IE", "MO", "PA", "GB"})
"""Magento's default of `general/country/optional_zip_countries`."""

COUNTRIES: dict[str, tuple[str, str]] = {
    "AE": ("ARE", "United Arab Emirates"),
    "AR": ("ARG", "Argentina"),
    "AT": ("AUT", "Austria"),
    "AU": ("AUS", "Australia"),
    "BE": ("BEL", "Belgium"),
    "BR": ("BRA", "Brazil"),
    "CA": ("CAN", "Canada"),
    "CH": ("CHE", "Switzerland"),
    "CZ": ("CZE", "Czechia"),
    "DE": ("DEU", "Germany"),
    "DK": ("DNK", "Denmark"),
    "ES": ("ESP", "Spain"),
    "FI": ("FIN", "Finland"),
    "FR": ("FRA", "France"),
    "GB": ("GBR", "United Kingdom"),
    "GR": ("GRC", "Greece"),
    "HK": ("HKG", "Hong Kong SAR China"),
    "HU": ("HUN", "Hungary"),
    "ID": ("IDN", "Indonesia"),
    "IE": ("IRL", "Ireland"),
    "IN": ("IND", "India"),
    "IT": ("ITA", "Italy"),
    "JP": ("JPN", "Japan"),
    "KH": ("KHM", "Cambodia"),
    "KR": ("KOR", "South Korea"),
    "MX": ("MEX", "Mexico"),
    "MY": ("MYS", "Malaysia"),
    "NL": ("NLD", "Netherlands"),
    "NO": ("NOR", "Norway"),
    "NZ": ("NZL", "New Zealand"),
    "PH": ("PHL", "Philippines"),
    "PL": ("POL", "Poland"),
    "PR": ("PRI", "Puerto Rico"),
    "PT": ("PRT", "Portugal"),
    "SA": ("SAU", "Saudi Arabia"),
    "SE": ("SWE", "Sweden"),
    "SG": ("SGP", "Singapore"),
    "TH": ("THA", "Thailand"),
    "TR": ("TUR", "Türkiye"),
    "TW": ("TWN", "Taiwan"),
    "US": ("USA", "United States"),
    "VN": ("VNM", "Vietnam"),
}
"""Two letters → three letters and English name."""

RATES: dict[str, str] = {
    "USD": "1",
    "AUD": "1.52",
    "BRL": "5.4",
    "CAD": "1.37",
    "EUR": "0.92",
    "GBP": "0.79",
    "IDR": "16250",
    "JPY": "151.5",
    "MXN": "18.4",
    "MYR": "4.42",
    "PHP": "57.8",
    "SGD": "1.34",
    "THB": "34.6",
    "VND": "25400",
}
"""How much of a currency one US dollar buys in this sandbox."""


def region(country: str, region_id: int) -> Region | None:
    return next((r for r in REGIONS.get(country, ()) if r.id == region_id), None)
