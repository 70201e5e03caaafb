"""The customer of a buyer's own in Magento: found, or created, so that there is one however often this runs.

Nothing is kept here: Magento's unique key over e-mail address and website is the key. What a time-out left behind, what
another worker made meanwhile and what a doubled request made are all found by searching again.
"""

from __future__ import annotations

from connector.domain import customers, plan_hold
from connector.domain.customers import BELONGS, CREATED, CUSTOMER_ID, Customer
from connector.domain.errors import NeedsMerchant, TryLater
from connector.domain.postal import PostalAddress
from connector.magento.errors import CustomerExists, NotFound, Refused, UniqueNumberTaken
from connector.sync.run import Run
from connector.sync.steps.prepare import address_of


def customer_of(run: Run) -> Customer | None:
    """The customer that the run's order is to belong to; None where the settings, or TikTok, leave it a guest's.

    Raises NeedsMerchant (customer_refused) where Magento does not create one, and what the client raises.
    """
    if not customers.has_own_customer(run.order, run.settings):
        return None
    if run.customer is None:
        run.customer = _found_or_created(run)
    return run.customer


def tell(run: Run, customer: Customer | None) -> None:
    """Says in the timeline whose order it is, with the receipt that comes next."""
    if customer is not None:
        sentence = f"It belongs to customer {customer.id} in Magento, who stands for this buyer."
        run.receipt(BELONGS, sentence, later=True, details={CUSTOMER_ID: customer.id})
    elif run.settings.customer_mode == "each":
        run.receipt(
            "customer_guest", "TikTok gives no e-mail address for the buyer: the order is a guest's.", later=True
        )


def _found_or_created(run: Run) -> Customer:
    website_id = run.settings.customer_website_id or run.store.website_id
    email = customers.address_of_buyer(run.order)
    found = customers.chosen(run.magento_client.find_customers(email), website_id)
    if found is not None:
        return found
    is_own = website_id == run.store.website_id
    new = customers.new_customer(
        run.order,
        run.settings,
        _address(run),
        website_id=website_id,
        store_id=run.store.magento_store_id if is_own else None,
    )
    try:
        created = run.magento_client.create_customer(new)
    except (CustomerExists, UniqueNumberTaken):
        # Made meanwhile, by us or by somebody else; or in another website, where the store shares customers among them.
        found = customers.chosen(run.magento_client.find_customers(email), website_id, of_any_website=True)
        if found is None:
            raise TryLater(
                "Magento knows the buyer's e-mail address, but its customer is not to be seen yet.",
                code="customer_unclear",
            ) from None
        return found
    except (Refused, NotFound) as error:
        raise NeedsMerchant(
            _why(error, website_id),
            code="customer_refused",
            remedy="Correct the customers' website or group in the shop's settings, or Magento's rules for customers (Stores >"
            " Configuration > Customers); or choose another customer in the settings. Then try again.",
            exchange=error.exchange,
        ) from error
    run.receipt(
        CREATED,
        f"Customer {created.id} was created in Magento for the buyer's TikTok address.",
        later=True,
        details={CUSTOMER_ID: created.id},
    )
    return created


def _address(run: Run) -> PostalAddress | None:
    return None if plan_hold.needs_placeholder(run.order, run.record) else address_of(run)


def _why(error: Refused | NotFound, website_id: int) -> str:
    if isinstance(error, NotFound):
        return f"Magento has no website with the id {website_id} to create the buyer's customer in."
    said = error.message.removeprefix("Magento refused the request: ")
    return f"Magento did not create a customer for the buyer: {said}"
