"""The errors that only the merchant can solve, as connector.domain.explained tells them."""

from __future__ import annotations

from connector.domain.explained_reason import Reason

MERCHANTS: tuple[Reason, ...] = (
    Reason(
        "unknown_sku",
        "Magento has no product with the SKU of the order.",
        "Map the SKU to a product, or create the product; all orders that wait for it go on.",
    ),
    Reason(
        "missing_sku",
        "The product has no seller SKU on TikTok Shop.",
        "Map TikTok's own SKU id, or give the product a SKU in Seller Center.",
    ),
    Reason(
        "disabled_product",
        "The product is disabled in Magento.",
        "Enable it, map another one, or create the order without reserving stock.",
    ),
    Reason(
        "not_in_store",
        "The product is not sold in this store view.",
        "Assign it to the website, map another one, or create the order without reserving stock.",
    ),
    Reason(
        "out_of_stock",
        "Magento has too little of it.",
        "Put stock in and try again, create the order without reserving stock, or cancel it on TikTok Shop.",
    ),
    Reason(
        "needs_options",
        "The product is sold in Magento only with a choice of options.",
        "Map the SKU to the product with its options, or to its simple child.",
    ),
    Reason(
        "unknown_placeholder",
        "The placeholder product of the settings is not in Magento.",
        "Put the right SKU into the shop's settings.",
    ),
    Reason(
        "no_exchange_rate",
        "The order's currency is not the store's, and no rate is known.",
        "Set a rate in Magento or in the shop's settings.",
    ),
    Reason(
        "bad_exchange_rate",
        "The rate in the shop's settings is not a number above 0.",
        "Correct it.",
    ),
    Reason(
        "bad_vat_rate",
        "A VAT rate in the shop's settings is not a number from 0 to 100.",
        "Correct it.",
    ),
    Reason(
        "negative_total",
        "The amounts of the order come to less than nothing.",
        "Look at the order in Seller Center; create it by hand, or ignore it.",
    ),
    Reason(
        "no_address",
        "TikTok gives no country or no street for an order that is to be shipped.",
        "Look at the order in Seller Center, then try again.",
    ),
    Reason(
        "unknown_region",
        "Magento requires a state or province, and the address names none that it knows.",
        "*Put the address right* on the order's page, or choose a fallback region in the settings.",
    ),
    Reason(
        "number_taken",
        "Magento has another order with the number that this one would get.",
        "Set another order number prefix.",
    ),
    Reason(
        "quantity_mismatch",
        "The Magento order holds other products or quantities than TikTok's.",
        "Compare the two and put Magento's right, or cancel both.",
    ),
    Reason(
        "total_mismatch",
        "Magento changed the total that was written, or the order was invoiced there before TikTok's amounts were on it.",
        "Look for an extension that changes order totals, or invoices by itself; an invoice's difference is for your books.",
    ),
    Reason(
        "cancelled_in_magento",
        "The order was cancelled in Magento, and TikTok Shop still expects it to be shipped.",
        "Cancel it on TikTok Shop, or ignore it.",
    ),
    Reason(
        "credited_in_magento",
        "Items were credited or cancelled in Magento before they were shipped, and TikTok Shop still expects them.",
        "Cancel the items on TikTok Shop, ship them all the same, or ignore the order.",
    ),
    Reason(
        "cancelled_after_shipping",
        "TikTok Shop cancelled what was shipped in Magento already.",
        "Stop the parcel or wait for its return, then refund in Magento.",
    ),
    Reason(
        "lines_cancelled_uninvoiced",
        "TikTok Shop cancelled single items of an order that is not invoiced; Magento can't cancel single items.",
        "Invoice the other items, then try again.",
    ),
    Reason(
        "lines_unclear",
        "TikTok Shop cancelled single items, and it is not clear which of Magento's they are.",
        "Credit the items in Magento, then ignore the order.",
    ),
    Reason(
        "on_hold_in_magento",
        "Something has to be credited or shipped, but the Magento order is on hold or under review.",
        "Take it off hold, or end the review of its payment, then try again.",
    ),
    Reason(
        "cancel_refused",
        "Magento does not let the order be cancelled.",
        "Cancel or refund it in Magento's admin, then try again.",
    ),
    Reason(
        "credit_refused",
        "Magento lets nothing more be credited in the order, though not all of it is.",
        "Compare what was given back on both sides, put the stock right by hand, then mark the order to be ignored.",
    ),
    Reason(
        "no_tracking",
        "The order was shipped in Magento without a tracking number.",
        "Add the number to the shipment in Magento.",
    ),
    Reason(
        "other_shipping",
        "The order is handed over in a way of which TikTok Shop can't be told by the connector (a pick-up in a store, say).",
        "Say in Seller Center that it was handed over.",
    ),
    Reason(
        "unmapped_carrier",
        "The Magento carrier is not mapped to a shipping provider of TikTok Shop.",
        "Map it on the Carriers page; all orders that wait for it go on.",
    ),
    Reason(
        "bad_tracking_number",
        "TikTok Shop does not take the tracking number: it has 4 to 50 letters, digits and `- _ . /`.",
        "Correct the number in Magento.",
    ),
    Reason(
        "units_unknown",
        "The items to ship could not be found in the Magento order.",
        "Ship the order in Magento.",
    ),
    Reason(
        "shipment_not_saved",
        "Magento could not save the shipment, several times in a row.",
        "Magento's log (`var/log/exception.log`) says why; most often the source that it ships from has too little of a "
        "product. Solve that, then try again.",
    ),
    Reason(
        "worker_died",
        "The worker died ten times in a row while it worked on the order: it has too little memory, or a fault of the "
        "connector.",
        "The worker's log says why. Solve that, or update the connector, then try again.",
    ),
    Reason(
        "no_store",
        "No Magento store is connected, or it is not set which one the shop sells for.",
        "Connect a store, or choose the shop's store on the Connections page.",
    ),
    Reason(
        "shop_deauthorized",
        "The shop is not connected any more: it took back its authorization, or was disconnected here.",
        "Connect the shop again.",
    ),
    Reason(
        "unknown_order",
        "TikTok Shop does not know the order.",
        "Check in Seller Center whether it belongs to this shop; ignore it otherwise.",
    ),
    Reason(
        "combined_address",
        "TikTok gives another address for this free sample than for the one together with which it was created in Magento.",
        "Ship its items to its own address, by a shipment of their own in Magento; or cancel the order.",
    ),
    Reason(
        "combined_stopped",
        "It is part of one Magento order together with an order that is marked to be ignored.",
        "Take that order back into work, or ignore this one, too, and follow it in Magento by hand.",
    ),
    Reason(
        "combined_unknown",
        "A Magento order stands for this free sample and others, but how they were put together is not known here any more: the "
        "database was lost, or an older one restored.",
        "Ship it and follow cancellations by hand in Magento, and mark the order to be ignored.",
    ),
    Reason(
        "several_magento_orders",
        "Magento has several orders with this TikTok number.",
        "Cancel all but one in Magento, or ignore the order.",
    ),
    Reason(
        "magento_order_gone",
        "The Magento order was deleted.",
        "Restore it, or ignore the order.",
    ),
    Reason(
        "another_magento_order",
        "The shop was bound to another Magento store, or the store's address leads to another one: there another order has the "
        "number of the one that was made for this order. Nothing is done to it, and TikTok Shop is told nothing of it.",
        "Bind the shop to the store that has the order, or correct the store's address: its orders then go on by themselves. "
        "Or ignore the order.",
    ),
    Reason(
        "magento_not_authorized",
        "Magento does not take the token: it is wrong, or bearer tokens are switched off, or a permission is missing.",
        "Check the integration and the credentials.",
    ),
    Reason(
        "magento_permission_missing",
        "The integration lacks a permission, which the error names.",
        "Give the integration that resource.",
    ),
    Reason(
        "magento_signature_invalid",
        "The OAuth secrets do not fit.",
        "Copy all four credentials again.",
    ),
    Reason(
        "magento_password_protected",
        "The web server in front of Magento wants a password.",
        "Let the connector through to `/rest/`.",
    ),
    Reason(
        "magento_redirects",
        "The store's address redirects.",
        "Use the address that it redirects to.",
    ),
    Reason(
        "magento_no_route",
        "There is no Magento REST API at the store's address, the shop's store view is not there any more, or a module is "
        "switched off.",
        "Check the store's address, and choose the shop's store view anew on the Connections page.",
    ),
    Reason(
        "magento_unknown_field",
        "A search named a field that the store does not have, such as an attribute in the SKU settings.",
        "Correct the attribute's code in the settings.",
    ),
    Reason(
        "magento_product_not_found",
        "Magento did not find a product that it had listed before.",
        "Try again; check the SKU.",
    ),
    Reason(
        "magento_product_unavailable",
        "The product can't be put into a cart.",
        "Check that it is enabled, in the website, and complete.",
    ),
    Reason(
        "magento_out_of_stock",
        "Magento has too little of a product.",
        "As `out_of_stock`.",
    ),
    Reason(
        "magento_address_refused",
        "Magento does not take the address.",
        "*Put the address right* on the order's page, or relax the store's address settings.",
    ),
    Reason(
        "link_field_unknown",
        "The field of another connector that the settings name is none of Magento's orders.",
        "Correct it in the settings, or leave it empty.",
    ),
    Reason(
        "billing_region_unknown",
        "The billing address of the settings needs a state or province, and names none that Magento knows.",
        "Write it in the settings as Magento spells it.",
    ),
    Reason(
        "magento_region_required",
        "Magento requires a state or province for the country.",
        "As `unknown_region`.",
    ),
    Reason(
        "magento_unknown_shipping_method",
        "The store does not offer the shipping method of the settings for this address.",
        "Enable it in Magento, or choose another one in the settings.",
    ),
    Reason(
        "magento_unknown_payment_method",
        "The store does not offer the payment method of the settings.",
        "Enable it in Magento, or choose another one in the settings.",
    ),
    Reason(
        "customer_refused",
        "Magento did not create a customer for the buyer; the error repeats why.",
        "Correct the customers' website or group in the settings, or Magento's rules for customers; or choose another customer.",
    ),
    Reason(
        "magento_refused",
        "Magento refused, in words of its own, which the error repeats.",
        "Read them; the exchange is shown for a developer.",
    ),
    Reason(
        "tiktok_authorization_revoked",
        "TikTok Shop does not take the shop's token any more.",
        "Connect the shop again.",
    ),
    Reason(
        "tiktok_missing_permission",
        "The app lacks a scope.",
        "Give the app the scope in Partner Center, then connect the shop again.",
    ),
    Reason(
        "tiktok_signature_rejected",
        "The app secret does not fit the app key.",
        "Correct `TIKTOK_APP_SECRET`.",
    ),
    Reason(
        "tiktok_shop_disabled",
        "TikTok Shop has disabled the shop.",
        "Look in Seller Center.",
    ),
    Reason(
        "tiktok_refused",
        "TikTok Shop refused, in words of its own, which the error repeats.",
        "Read them; the exchange is shown for a developer.",
    ),
    Reason(
        "tiktok_not_found",
        "TikTok Shop does not know what was asked for.",
        "Try again; look in Seller Center.",
    ),
    Reason(
        "tiktok_order_unreadable",
        "TikTok Shop's order lacks something without which it can't be booked; the error names the field.",
        "Send the document to the connector's makers; create the order by hand meanwhile.",
    ),
)
