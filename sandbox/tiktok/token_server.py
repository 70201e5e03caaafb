"""The token server (`/api/v2/token/…`) and the page on which a seller authorizes the app (`/open/authorize`)."""

from collections.abc import Mapping
from hmac import compare_digest
from urllib.parse import urlencode

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.tiktok.errors import UNKNOWN_APP, ApiError, bad_request
from sandbox.tiktok.gate import envelope, failure
from sandbox.tiktok.state import Sandbox
from sandbox.tiktok.tokens import Pair

SCOPES = ("seller.authorization.info", "seller.order.info", "seller.fulfillment.basic", "seller.return_refund.basic")


def _document(sandbox: Sandbox, pair: Pair) -> dict[str, object]:
    shop = sandbox.shops[pair.shop_id]
    return {
        "access_token": pair.access_token,
        "access_token_expire_in": pair.access_token_expire_in,
        "refresh_token": pair.refresh_token,
        "refresh_token_expire_in": pair.refresh_token_expire_in,
        "open_id": f"7010736057180325637_{shop.id}",
        "seller_name": shop.name,
        "seller_base_region": shop.region,
        "user_type": 0,
        "granted_scopes": list(SCOPES),
    }


def _check(sandbox: Sandbox, query: Mapping[str, str], own: str, grant_type: str) -> str:
    """The code or refresh token of a request that has all of its parameters and no others. Raises ApiError."""
    wanted = {"app_key", "app_secret", "grant_type", own}
    for name in wanted:
        if not query.get(name):
            raise bad_request(f"missing query parameter '{name}'")
    for name in query:
        if name not in wanted:
            raise bad_request(f"unknown query parameter '{name}'")
    config = sandbox.config
    if query["app_key"] != config.app_key or not compare_digest(
        query["app_secret"].encode(), config.app_secret.encode()
    ):
        raise ApiError(UNKNOWN_APP, "app_key or app_secret is wrong", 401)
    if query["grant_type"] != grant_type:
        raise bad_request(f"grant_type must be {grant_type}")
    return query[own]


def token_server(sandbox: Sandbox) -> Blueprint:
    """The blueprint of the token server and the authorization page."""
    blueprint = Blueprint("token_server", __name__)

    @blueprint.get("/api/v2/token/get")
    def get() -> Response:
        try:
            code = _check(sandbox, request.args, "auth_code", "authorized_code")
            return envelope(_document(sandbox, sandbox.tokens.exchange(code)))
        except ApiError as error:
            return failure(error)

    @blueprint.get("/api/v2/token/refresh")
    def refresh() -> Response:
        try:
            token = _check(sandbox, request.args, "refresh_token", "refresh_token")
            return envelope(_document(sandbox, sandbox.tokens.refresh(token)))
        except ApiError as error:
            return failure(error)

    @blueprint.get("/open/authorize")
    def authorize() -> tuple[str, int]:
        known = request.args.get("service_id") == sandbox.config.service_id
        page = render_template(
            "authorize.html",
            known=known,
            redirect_url=sandbox.redirect_url,
            shops=list(sandbox.shops.values()),
            state=request.args.get("state", ""),
            service_id=sandbox.config.service_id,
        )
        return page, 200 if known else 400

    @blueprint.post("/open/authorize")
    def authorized() -> AnyResponse | tuple[str, int]:
        if request.form.get("service_id") != sandbox.config.service_id or not sandbox.redirect_url:
            return "This app has no redirect URL, or the service is unknown.", 400
        with sandbox.lock:
            shop = sandbox.shop(request.form.get("shop_id"))
            shop.authorized = True
        query = {"app_key": sandbox.config.app_key, "code": sandbox.tokens.new_code(shop.id)}
        query |= {"locale": "en", "shop_region": shop.region, "state": request.form.get("state", "")}
        glue = "&" if "?" in sandbox.redirect_url else "?"
        return redirect(f"{sandbox.redirect_url}{glue}{urlencode(query)}")

    return blueprint
