"""A small Magento 2.4.7: its REST API as recorded, its stock books, and an accountant that says what does not add up."""
