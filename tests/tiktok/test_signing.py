"""connector.tiktok.signing against vectors that two other implementations agree on."""

from __future__ import annotations

import pytest
from tiktok_shop_api.signing import Signer
from tiktok_shop_api.webhooks import Webhooks

from connector.tiktok.signing import sign_request, sign_webhook

from .vectors import APP_SECRET, REQUESTS, WEBHOOKS, RequestVector, WebhookVector


@pytest.mark.parametrize("vector", REQUESTS, ids=lambda vector: vector.case)
def test_a_request_is_signed_as_in_the_vector(vector: RequestVector) -> None:
    sign = sign_request(
        app_secret=APP_SECRET,
        path=vector.path,
        query=vector.query,
        body=vector.body.encode(),
        content_type=vector.content_type,
    )
    assert sign == vector.sign


@pytest.mark.parametrize("vector", WEBHOOKS, ids=lambda vector: vector.case)
def test_a_webhook_is_signed_as_in_the_vector(vector: WebhookVector) -> None:
    sign = sign_webhook(app_key=vector.app_key, app_secret=APP_SECRET, raw=vector.raw_body.encode())
    assert sign == vector.authorization


def test_signatures_equal_those_of_an_independent_client() -> None:
    query = [("b", "2"), ("app_key", "k"), ("a", "ä&="), ("B", "1")]
    body = '{"note":"größe 🎁"}'
    ours = sign_request(app_secret="s", path="/x/1", query=query, body=body.encode())
    theirs = Signer.sign(path="/x/1", query=query, content_type="application/json", body=body, app_secret="s")
    assert ours == theirs
    signature = sign_webhook(app_key="k", app_secret="s", raw=body.encode())
    assert Webhooks.verify(app_key="k", app_secret="s", raw_body=body, signature=signature)
