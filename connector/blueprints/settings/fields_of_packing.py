"""The settings page's group on papers of parcels, and on the days on which parcels leave (see fields.py)."""

from __future__ import annotations

from connector.blueprints.settings.shapes import Field, Group

PACKING = Group(
    key="packing",
    label="Packing and working days",
    fields=(
        Field(
            name="packing_paper",
            label="Paper",
            effect="What pick lists and packing slips are made for. By the shop's country: Letter in North and Latin"
            " America and the Philippines, A4 elsewhere.",
            kind="choice",
            choices={"auto": "By the shop's country", "a4": "A4", "letter": "Letter"},
        ),
        Field(
            name="packing_prices",
            label="Prices on packing slips",
            effect="Prints what each item cost the buyer, and their sum, on the slip that goes into the parcel.",
            kind="flag",
        ),
        Field(
            name="packing_note",
            label="Foot of packing slips",
            effect="A sentence of yours at the end of each slip, such as thanks or how to send something back.",
            kind="text",
            longest=300,
        ),
        Field(
            name="working_days",
            label="Working days",
            effect="The days on which parcels leave, as in Mon Tue Wed Thu Fri. The meter of late dispatches counts its"
            " periods in them.",
            kind="text",
            longest=40,
            pattern=r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun)( (Mon|Tue|Wed|Thu|Fri|Sat|Sun))*",
            pattern_says="must be days such as Mon Tue Wed Thu Fri, separated by spaces",
            may_be_empty=False,
        ),
        Field(
            name="holidays",
            label="Holidays",
            effect="Days on which no parcel leaves, as in 2026-12-25 2027-01-01, separated by spaces.",
            kind="text",
            longest=1000,
            pattern=r"\d{4}-\d\d-\d\d( \d{4}-\d\d-\d\d)*",
            pattern_says="must be dates such as 2026-12-25, separated by spaces",
        ),
    ),
)
