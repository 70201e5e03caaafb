"""All that one sandbox TikTok Shop holds: app, shops, tokens, webhooks, faults; behind one lock."""

import threading
import time
from dataclasses import dataclass
from typing import Any

from sandbox.faults import Faults
from sandbox.tiktok.errors import BAD_TOKEN, NOT_FOUND, ApiError
from sandbox.tiktok.model import Ids, Order
from sandbox.tiktok.regions import region_of
from sandbox.tiktok.shop import Shop
from sandbox.tiktok.tokens import ACCESS_SECONDS, Tokens
from sandbox.tiktok.webhooks import EVENTS, Dispatcher

TICK_SECONDS = 0.2


@dataclass
class Config:
    """How a sandbox is started; the command line's flags have the same names."""

    app_key: str = "sandbox-app-key"
    app_secret: str = "sandbox-app-secret"
    service_id: str = "sandbox-service"
    redirect_url: str = ""
    webhook_url: str = ""
    shop_id: str = "7494049642642441621"
    shop_name: str = "Sandbox Shop"
    shop_region: str = "US"
    shop_cipher: str = "ROW_sandbox"
    access_token: str = "TTP_sandbox-access"
    refresh_token: str = "TTR_sandbox-refresh"
    uk_shop: bool = False
    hold_seconds: float = 0
    latency: float = 0
    access_token_seconds: float = ACCESS_SECONDS
    auto_orders: float = 0
    seed: int | None = None


class Sandbox:
    """The state of a sandbox. Take `lock` around every use of a shop; the rest guards itself."""

    def __init__(self, config: Config | None = None) -> None:
        self.config = config or Config()
        self.lock = threading.RLock()
        self.ids = Ids()
        self.faults = Faults()
        self.tokens = Tokens(self.config.access_token_seconds)
        self.webhooks = Dispatcher(self.config.app_key, self.config.app_secret, self.ids, self.config.webhook_url)
        self.redirect_url = self.config.redirect_url
        self.latency = self.config.latency
        self.requests: dict[str, int] = {}
        self.shops: dict[str, Shop] = {}
        self._stop = threading.Event()
        self._fill()
        self._ticker = threading.Thread(target=self._tick, name="holds", daemon=True)
        self._ticker.start()

    def _fill(self) -> None:
        config = self.config
        identities = [
            {
                "id": config.shop_id,
                "name": config.shop_name,
                "region": region_of(config.shop_region).code,
                "cipher": config.shop_cipher,
                "code": "USLCSBX001",
            }
        ]
        self.tokens.give(config.shop_id, config.access_token, config.refresh_token)
        if config.uk_shop:
            second = {"id": "7494049642642441622", "name": "Sandbox Shop UK", "region": "GB"}
            identities.append({**second, "cipher": f"{config.shop_cipher}_uk", "code": "GBLCSBX002"})
            self.tokens.give(second["id"], f"{config.access_token}-uk", f"{config.refresh_token}-uk")
        for identity in identities:
            shop = Shop(identity, self.ids, self._notify, config.hold_seconds, config.seed)
            self.shops[shop.id] = shop

    def _notify(self, shop_id: str, kind: int, data: dict[str, Any]) -> None:
        subscription = self.shops[shop_id].subscriptions.get(EVENTS[kind])
        self.webhooks.send(shop_id, kind, data, [subscription["address"]] if subscription else [])

    def _tick(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            with self.lock:
                for shop in self.shops.values():
                    shop.release_due(time.time())

    @property
    def default_shop(self) -> Shop:
        return next(iter(self.shops.values()))

    def shop(self, shop_id: str | None) -> Shop:
        """The shop of this id, or the default one. Raises ApiError."""
        if not shop_id:
            return self.default_shop
        if shop_id not in self.shops:
            raise ApiError(NOT_FOUND, f"shop {shop_id} not found")
        return self.shops[shop_id]

    def find_order(self, order_id: str) -> tuple[Shop, Order]:
        """An order of any shop. Raises ApiError."""
        for shop in self.shops.values():
            if order_id in shop.orders:
                return shop, shop.orders[order_id]
        raise ApiError(NOT_FOUND, f"order {order_id} not found")

    def authorized_shop(self, access_token: str) -> Shop:
        """The shop that an access token is for. Raises ApiError 105001 or 105002."""
        shop = self.shops.get(self.tokens.shop_of(access_token))
        if shop is None or not shop.authorized:
            raise ApiError(BAD_TOKEN, "access token is invalid", 401)
        return shop

    def deauthorize(self, shop_id: str) -> None:
        """The seller leaves: webhook 6, and no token of the shop works any more until it is authorized again."""
        self.shop(shop_id).deauthorize()
        self.tokens.revoke(shop_id)

    def reset(self) -> None:
        """Back to the start: no orders, first tokens, no subscriptions, no faults, nothing under way."""
        with self.lock:
            self.webhooks.reset()
            self.faults.clear()
            self.tokens.reset()
            self.shops.clear()
            self.requests.clear()
            self.latency = self.config.latency
            self._fill()

    def stop(self) -> None:
        """End the sandbox's threads."""
        self._stop.set()
        self._ticker.join()
        self.webhooks.stop()
