"""Customers: found and created. Not in the recordings: after Magento's own source (magento/magento2, 2.4), file by file.

- routes and permissions: app/code/Magento/Customer/etc/webapi.xml; Model/AccountManagementApi.php, createAccount: whoever gives a
  group needs Magento_Customer::manage.
- order of the checks: Model/AccountManagement.php, createAccountWithPasswordHash (website, store view), then
  Model/ResourceModel/CustomerRepository.php, save (group), then Model/ResourceModel/Customer.php, _beforeSave: the same e-mail
  address first, names and address after it (Model/Validator/Name.php, Magento/Eav/Model/Attribute/Data/Text.php).
- what becomes an error answer of which status: lib/internal/Magento/Framework/Webapi/ErrorProcessor.php, maskException.
"""

import re
import unicodedata
from typing import Any

from sandbox.magento import search
from sandbox.magento.errors import ApiError, no_such
from sandbox.magento.products import unknown_attribute
from sandbox.magento.routing import Call, route
from sandbox.magento.schema import names, render
from sandbox.magento.state import Row, State
from sandbox.magento.stores import Store, website_ids

CUSTOMER = "Magento_Customer::customer"
MANAGE = "Magento_Customer::manage"
KIND = "customer-data-customer"
COLUMNS = names("entity_id email website_id store_id group_id firstname lastname created_at updated_at created_in")
DEFAULT_GROUP = 1
"""General, the group of a fresh Magento's new customers."""


@route("POST", "/V1/customers", None)
def create(call: Call) -> dict[str, Any]:
    """Creates an account; anonymous, as whoever registers in the shop is."""
    given = call.body["customer"]
    if given.get("group_id") is not None:
        call.authorize(MANAGE)
    state = call.state
    store = _store(call, given)
    website_id = given.get("website_id") or store.website_id
    if state.settings.customers_per_website and website_id != store.website_id:
        raise ApiError(400, "The store view is not in the associated website.")
    group_id = given.get("group_id") or DEFAULT_GROUP
    if group_id not in state.settings.customer_groups:
        raise ApiError(400, "The specified customer group id does not exist.")
    email = str(given.get("email") or "")
    if _same(state, email, website_id):
        raise ApiError(400, "A customer with the same email address already exists in an associated website.")
    _check(given)
    now = state.now()
    row: Row = dict(given) | {
        "id": state.next_id("customer_entity"),
        "website_id": website_id,
        "store_id": store.id,
        "group_id": group_id,
        "created_in": store.name,
        "created_at": now,
        "updated_at": now,
        "disable_auto_group_change": 0,
        "addresses": [],
    }
    state.customers[row["id"]] = row
    state.welcome_mails.append(email)
    return render(KIND, row)


def _store(call: Call, given: Row) -> Store:
    """The store view of the new customer: the given one, else the first of the given website, else the path's."""
    state, website_id = call.state, given.get("website_id")
    if given.get("store_id"):
        store = state.store(given["store_id"])
        if store is None:
            raise ApiError(404, "The store that was requested wasn't found. Verify the store and try again.")
        return store
    if not website_id:
        return call.store
    if website_id not in website_ids(state.stores):
        message = "The website with id %1 that was requested wasn't found. Verify the website and try again."
        raise ApiError(404, message, [website_id])
    return next(store for store in state.stores if store.website_id == website_id)


def _same(state: State, email: str, website_id: int) -> bool:
    """Whether there is a customer with this address, case aside, in the website, or anywhere where customers are shared."""
    return any(
        row["email"].casefold() == email.casefold()
        and (row["website_id"] == website_id or not state.settings.customers_per_website)
        for row in state.customers.values()
    )


def _check(given: Row) -> None:
    problems = []
    for name, label in (("firstname", "First Name"), ("lastname", "Last Name")):
        text = str(given.get(name) or "")
        if not text.strip():
            problems.append(f'"{label}" is a required value.')
        elif not all(_may_be_in_a_name(one) for one in text):
            problems.append(f"{label} is not valid!")
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", str(given.get("email") or "")):
        problems.append('"Email" is not a valid email address.')
    if problems:
        raise ApiError(400, " ".join(problems))


def _may_be_in_a_name(one: str) -> bool:
    """PATTERN_NAME: letters, marks, and , - _ . ' with spaces and digits; those of ASCII, as a pattern without UCP has them."""
    return unicodedata.category(one)[0] in "LM" or one in ",-_.' \t\n\r\f\v0123456789"


@route("GET", "/V1/customers/search", CUSTOMER)
def find(call: Call) -> dict[str, Any]:
    criteria = search.parse(call.query)
    page, total = search.select(call.state.customers.values(), criteria, _columns, unknown_attribute, COLUMNS)
    items = [render(KIND, row) for row in page]
    return {"items": items, "search_criteria": criteria.as_answered(), "total_count": total}


def _columns(row: Row) -> Row:
    return row | {"entity_id": row["id"]}


@route("GET", "/V1/customers/{customerId}", CUSTOMER)
def by_id(call: Call) -> dict[str, Any]:
    return render(KIND, _known(call))


@route("GET", "/V1/customers/{customerId}/confirm", MANAGE)
def confirmation(call: Call) -> str:
    """Whether the customer's address needs a confirmation; a fresh Magento asks for none."""
    _known(call)
    return "account_confirmation_not_required"


def _known(call: Call) -> Row:
    row = call.state.customers.get(call.id("customerId"))
    if row is None:
        raise no_such("customerId", call.id("customerId"))
    return row
