"""One or more realistic made-up recipients per market, as plain data."""

# level, name of the level, name of the place, ISO code
District = tuple[str, str, str, str]

# first name, last name, phone, postal code, address lines, districts; no real person, numbers of the reserved kinds
RECIPIENTS: dict[str, list[tuple[str, str, str, str, tuple[str, ...], tuple[District, ...]]]] = {
    "US": [
        (
            "Jane",
            "Doe",
            "(+1)2135550147",
            "90012",
            ("1200 W Temple St", "Apt 4B"),
            (
                ("L0", "Country", "United States", "US"),
                ("L1", "State", "California", "US-CA"),
                ("L2", "County", "Los Angeles", ""),
                ("L3", "City", "Los Angeles", ""),
            ),
        ),
        (
            "Marcus",
            "O'Neill",
            "(+1)5125550199",
            "78701",
            ("500 E 4th St",),
            (
                ("L0", "Country", "United States", "US"),
                ("L1", "State", "Texas", "US-TX"),
                ("L2", "County", "Travis", ""),
                ("L3", "City", "Austin", ""),
            ),
        ),
        (
            "María",
            "Núñez",
            "(+1)3055550122",
            "33130",
            ("88 SW 7th St", "Unit 1910"),
            (
                ("L0", "Country", "United States", "US"),
                ("L1", "State", "Florida", "US-FL"),
                ("L2", "County", "Miami-Dade", ""),
                ("L3", "City", "Miami", ""),
            ),
        ),
        (
            "Dana",
            "Whitfield",
            "(+1)3035550164",
            "80202",
            ("1701 Wynkoop St", ""),
            (
                ("L0", "Country", "United States", "US"),
                ("L1", "State", "Colorado", "US-CO"),
                ("L2", "County", "Denver", ""),
                ("L3", "City", "Denver", ""),
            ),
        ),
    ],
    "GB": [
        (
            "Oliver",
            "Hart",
            "(+44)7700900123",
            "SW1A 2AA",
            ("10 Example Street", "Flat 2"),
            (
                ("L0", "Country", "United Kingdom", "GB"),
                ("L1", "Nation", "England", "GB-ENG"),
                ("L2", "County", "Greater London", ""),
                ("L3", "City", "London", ""),
            ),
        ),
        (
            "Aoife",
            "Campbell",
            "(+44)7700900456",
            "EH1 1YZ",
            ("3 Market Row",),
            (
                ("L0", "Country", "United Kingdom", "GB"),
                ("L1", "Nation", "Scotland", "GB-SCT"),
                ("L2", "County", "City of Edinburgh", ""),
                ("L3", "City", "Edinburgh", ""),
            ),
        ),
    ],
    "DE": [
        (
            "Jürgen",
            "Groß",
            "(+49)15123456789",
            "10115",
            ("Invalidenstraße 117", "Hinterhaus"),
            (("L0", "Country", "Germany", "DE"), ("L1", "State", "Berlin", "DE-BE"), ("L2", "City", "Berlin", "")),
        )
    ],
    "FR": [
        (
            "Zoé",
            "Lefèvre",
            "(+33)612345678",
            "69002",
            ("14 Rue de la République",),
            (
                ("L0", "Country", "France", "FR"),
                ("L1", "Region", "Auvergne-Rhône-Alpes", "FR-ARA"),
                ("L2", "Department", "Rhône", "FR-69"),
                ("L3", "City", "Lyon", ""),
            ),
        )
    ],
    "ES": [
        (
            "Íñigo",
            "Muñoz Peña",
            "(+34)612345678",
            "08002",
            ("Carrer de Ferran 21", "3º 2ª"),
            (
                ("L0", "Country", "Spain", "ES"),
                ("L1", "Province", "Barcelona", "ES-B"),
                ("L2", "City", "Barcelona", ""),
            ),
        )
    ],
    "IT": [
        (
            "Niccolò",
            "D'Angelo",
            "(+39)3201234567",
            "20121",
            ("Via Brera 28",),
            (("L0", "Country", "Italy", "IT"), ("L1", "Province", "Milano", "IT-MI"), ("L2", "City", "Milano", "")),
        )
    ],
    "IE": [
        (
            "Saoirse",
            "Ní Bhriain",
            "(+353)851234567",
            "D02 X285",
            ("12 Dame Street",),
            (("L0", "Country", "Ireland", "IE"), ("L1", "County", "Dublin", "IE-D"), ("L2", "City", "Dublin", "")),
        )
    ],
    "NL": [
        (
            "Daan",
            "van 't Hoff",
            "(+31)612345678",
            "1012 JS",
            ("Damrak 70-2",),
            (
                ("L0", "Country", "Netherlands", "NL"),
                ("L1", "Province", "Noord-Holland", "NL-NH"),
                ("L2", "City", "Amsterdam", ""),
            ),
        )
    ],
    "JP": [
        (
            "太郎",
            "山田",
            "(+81)9012345678",
            "100-0005",
            ("丸の内1-9-1", "東京ビル201"),
            (("L0", "Country", "日本", "JP"), ("L1", "Prefecture", "東京都", "JP-13"), ("L2", "City", "千代田区", "")),
        )
    ],
    "MX": [
        (
            "Ximena",
            "Hernández",
            "(+52)5512345678",
            "06600",
            ("Calle Londres 40", "Col. Juárez"),
            (
                ("L0", "Country", "México", "MX"),
                ("L1", "State", "Ciudad de México", "MX-CMX"),
                ("L2", "Municipality", "Cuauhtémoc", ""),
            ),
        )
    ],
    "BR": [
        (
            "João",
            "Conceição",
            "(+55)11912345678",
            "01310-100",
            ("Bela Vista", "Avenida Paulista", "1578", "Apto 12"),
            (("L0", "Country", "Brasil", "BR"), ("L1", "State", "São Paulo", "BR-SP"), ("L2", "City", "São Paulo", "")),
        )
    ],
    "ID": [
        (
            "Sukarno",
            "",
            "(+62)81234567890",
            "12190",
            ("Jl. Jend. Sudirman Kav. 52",),
            (
                ("L0", "Country", "Indonesia", "ID"),
                ("L1", "Province", "DKI Jakarta", "ID-JK"),
                ("L2", "City", "Kota Jakarta Selatan", ""),
                ("L3", "District", "Kebayoran Baru", ""),
            ),
        )
    ],
    "TH": [
        (
            "สมชาย",
            "ใจดี",
            "(+66)812345678",
            "10330",
            ("99/1 ถนนพระราม 1",),
            (
                ("L0", "Country", "Thailand", "TH"),
                ("L1", "Province", "กรุงเทพมหานคร", "TH-10"),
                ("L2", "District", "ปทุมวัน", ""),
                ("L3", "Subdistrict", "ลุมพินี", ""),
            ),
        )
    ],
    "VN": [
        (
            "Nguyễn Thị Ánh",
            "",
            "(+84)912345678",
            "700000",
            ("12 Lê Lợi",),
            (
                ("L0", "Country", "Việt Nam", "VN"),
                ("L1", "Province", "Hồ Chí Minh", "VN-SG"),
                ("L2", "District", "Quận 1", ""),
                ("L3", "Ward", "Phường Bến Nghé", ""),
            ),
        )
    ],
    "MY": [
        (
            "Siti",
            "binti Rahman",
            "(+60)121234567",
            "50088",
            ("Lot 7, Jalan Ampang",),
            (
                ("L0", "Country", "Malaysia", "MY"),
                ("L1", "State", "Kuala Lumpur", "MY-14"),
                ("L2", "City", "Kuala Lumpur", ""),
            ),
        )
    ],
    "PH": [
        (
            "José",
            "dela Cruz",
            "(+63)9171234567",
            "1226",
            ("6750 Ayala Ave", "Brgy. Urdaneta"),
            (
                ("L0", "Country", "Philippines", "PH"),
                ("L1", "Province", "Metro Manila", "PH-00"),
                ("L2", "City", "Makati", ""),
            ),
        )
    ],
    "SG": [
        (
            "Wei Ling",
            "Tan",
            "(+65)81234567",
            "238859",
            ("290 Orchard Road", "#10-05"),
            (("L0", "Country", "Singapore", "SG"),),
        )
    ],
}
