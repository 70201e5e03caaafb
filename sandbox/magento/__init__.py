"""A small Magento 2.4.7: its REST API as recorded, its stock books, and an accountant that says what does not add up.

Control API, JSON, without authorization, beside the faults of `sandbox/faults.py`:

    POST   /_sandbox/reset                                    back to the beginning
    GET    /_sandbox/books                                    orders, stock, inconsistencies, arithmetic, carts, queued
    GET    /_sandbox/inconsistencies                          only these
    GET    /_sandbox/calls                                    the latest REST calls: at, method, path, status, milliseconds
    GET    /_sandbox/settings, POST with changes              see `state.Settings`
    POST   /_sandbox/stock     {sku, qty, in_stock}           what the source holds
    POST   /_sandbox/product   {sku, name, price, enabled, website_ids, type_id, qty, parts, custom_attributes, …}
    DELETE /_sandbox/product   {sku}
    POST   /_sandbox/stores    {code, name, currency, locale} a further store view
    POST   /_sandbox/consume                                  what the queue consumer of asynchronous calls would do

People look at `/`, `/stock` and `/admin/sales/order/view/order_id/<id>/`, which has the merchant's buttons.
"""
