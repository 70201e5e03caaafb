"""`python -m sandbox.tiktok --port 5801 [...]`: the sandbox TikTok Shop as a process of its own."""

import argparse
import signal
import threading
from dataclasses import fields

from sandbox.tiktok.server import serve
from sandbox.tiktok.state import Config

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
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    host, port, verbose = options.pop("host"), options.pop("port"), options.pop("verbose")
    server = serve(port, host, Config(**options), verbose=verbose)
    print(f"TikTok Shop sandbox on {server.url}", flush=True)
    stop.wait()
    server.stop()


if __name__ == "__main__":
    main()
