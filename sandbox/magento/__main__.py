"""`python -m sandbox.magento --port 5802`."""

import argparse
from typing import TYPE_CHECKING

from sandbox.magento.server import served
from sandbox.magento.state import Credentials, State
from sandbox.serving import Process

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication


def main() -> None:
    own = Credentials()
    parser = argparse.ArgumentParser(prog="python -m sandbox.magento", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5802)
    parser.add_argument("--latency", type=float, default=0.0, help="factor on a real Magento's latencies; 0: none")
    parser.add_argument("--no-bearer", action="store_true", help="refuse the access token as bearer token")
    parser.add_argument("--consumer-key", default=own.consumer_key)
    parser.add_argument("--consumer-secret", default=own.consumer_secret)
    parser.add_argument("--access-token", default=own.access_token)
    parser.add_argument("--access-token-secret", default=own.access_token_secret)
    parser.add_argument("--verbose", action="store_true", help="show every request")
    given = parser.parse_args()
    credentials = Credentials(given.consumer_key, given.consumer_secret, given.access_token, given.access_token_secret)

    def make_app(url: str) -> "WSGIApplication":
        state = State(credentials, base_url=f"{url}/", latency=given.latency, bearer_allowed=not given.no_bearer)
        return served(state)

    Process("Sandbox Magento", given.host, given.port, make_app, verbose=given.verbose).run()


if __name__ == "__main__":
    main()
