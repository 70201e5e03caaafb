"""What the settings page shows of each setting: its group, its name, the sentence on its effect, and what it may be.

Each group is in a file of its own. A test compares this list with `ShopSettings`, so that no setting is without its sentence.
How a value is read from a form and written into it is `values.py`.
"""

from __future__ import annotations

from connector.blueprints.settings.fields_of_addresses import ADDRESS, BILLING
from connector.blueprints.settings.fields_of_aftersales import AFTERSALES
from connector.blueprints.settings.fields_of_comments import COMMENTS
from connector.blueprints.settings.fields_of_creating import CREATING
from connector.blueprints.settings.fields_of_money import MONEY
from connector.blueprints.settings.fields_of_notices import NOTICES
from connector.blueprints.settings.fields_of_packing import PACKING
from connector.blueprints.settings.fields_of_privacy import PRIVACY
from connector.blueprints.settings.fields_of_products import PRODUCTS
from connector.blueprints.settings.shapes import Group

#: As they stand on the page, one below the other.
GROUPS: tuple[Group, ...] = (
    CREATING,
    MONEY,
    ADDRESS,
    COMMENTS,
    BILLING,
    PRODUCTS,
    AFTERSALES,
    PACKING,
    NOTICES,
    PRIVACY,
)
