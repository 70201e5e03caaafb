"""`python -m sandbox.tiktok --port 5801 [...]`: the sandbox TikTok Shop as a process of its own."""

import argparse
from dataclasses import fields
from typing import TYPE_CHECKING

from sandbox.serving import Process
from sandbox.tiktok.demo import DemoLife
from sandbox.tiktok.server import served
from sandbox.tiktok.state import Config, Sandbox

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HELP = {
    "redirect_url": "where the authorize page sends the seller back to",
    "webhook_url": "address that gets every webhook, subscribed or not",
    "uk_shop": "have a second shop, in the UK",
    "hold_seconds": "how long a paid order is ON_HOLD",
    "latency": "seconds before every answer of the Open API",
    "auto_orders": "place a random order every this many seconds, and move older ones along",
    "seed": "make random orders repeatable",
}


def parser() -> argparse.ArgumentParser:
    """One flag for each field of Config, and where to listen."""
    result = argparse.ArgumentParser(prog="sandbox.tiktok", description="A small TikTok Shop.")
    result.add_argument("--host", default="127.0.0.1")
    result.add_argument("--port", type=int, default=5801)
    result.add_argument("--verbose", action="store_true", help="write a line for every request")
    for field in fields(Config):
        flag = f"--{field.name.replace('_', '-')}"
        if isinstance(field.default, bool):
            result.add_argument(flag, action="store_true", help=HELP.get(field.name))
        else:
            kind = int if field.name == "seed" else float if isinstance(field.default, int | float) else str
            result.add_argument(flag, type=kind, default=field.default, help=HELP.get(field.name))
    return result


def main() -> None:
    options = vars(parser().parse_args())
    host, port, verbose = options.pop("host"), options.pop("port"), options.pop("verbose")

    def make_app(url: str) -> "WSGIApplication":
        config = Config(**options)
        sandbox = Sandbox(config)
        if config.auto_orders:
            DemoLife(sandbox, config.auto_orders, config.seed)
        return served(sandbox)

    Process("TikTok Shop sandbox", host, port, make_app, verbose=verbose).run()


if __name__ == "__main__":
    main()
