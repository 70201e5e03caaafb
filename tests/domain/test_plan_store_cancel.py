"""TikTok's reason for what was written in Magento."""

from __future__ import annotations

import pytest

from connector.domain.plan_store_cancel import reason_from

WORDS = {"damaged": "Out of stock", "wrong price": "Pricing error"}


@pytest.mark.parametrize(
    ("texts", "reason"),
    [
        (["Damaged in the warehouse"], "Out of stock"),
        (["WRONG PRICE, damaged too"], "Out of stock"),  # the first line of the setting that fits
        (["nothing of the kind", "the wrong price"], "Pricing error"),
        (["the wrong price", "damaged"], "Pricing error"),  # the newest text first
        ([], "default"),
        (["sorry"], "default"),
    ],
)
def test_the_first_word_that_stands_in_the_newest_comment_gives_the_reason(texts: list[str], reason: str) -> None:
    assert reason_from(texts, WORDS, "default") == reason
