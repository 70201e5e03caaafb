"""A small TikTok Shop as a server of its own: the Open API, the token server, and a shop that sells.

For the demo and the tests; never imported by the connector, and imports nothing of it. What it answers follows the
reference in `README.md` of the TikTok Shop facts and the documentation that the package tiktok-shop-api carries.
"""
