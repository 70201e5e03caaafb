"""A small TikTok Shop and a small Magento, as servers of their own, for the demo and the tests.

Never imported by connector/.
"""
