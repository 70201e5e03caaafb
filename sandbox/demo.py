"""`make demo`: everything on this machine, with orders on their way. Ctrl-C stops it all."""

from __future__ import annotations

import shutil
import socket
import sys
import threading
from pathlib import Path

import requests
from honcho.manager import Manager

from sandbox.first_orders import FIRST_ORDERS
from sandbox.stack import ROOT, NeverCame, Stack, free_port, wait_for

EMAIL, PASSWORD = "admin@example.com", "demo-password"
PORTS = {"web": 8000, "tiktok": 8001, "magento": 8002, "valkey": 8003}


def main() -> None:
    """Starts the stack in the foreground, from nothing: the sandboxes keep what they have in memory only."""
    folder = ROOT / ".demo"
    shutil.rmtree(folder, ignore_errors=True)
    stack = stack_in(folder)
    for name in ("valkey", "magento", "tiktok"):
        stack.start_process(name)
    try:
        stack.flask("db", "upgrade")
        stack.flask("users", "create", EMAIL, "--password", PASSWORD, "--role", "admin")
        wait_for("the sandboxes", lambda: _up(stack, "magento") and _up(stack, "tiktok"))
        stack.connect()
        manager = Manager()
        for name in ("web", "worker", "scheduler"):
            manager.add_process(name, stack.commands[name], env=stack.environment, cwd=str(ROOT))
        threading.Thread(target=_greet, args=(stack,), daemon=True).start()
        manager.loop()
        sys.exit(manager.returncode if manager.returncode > 0 else 0)
    finally:
        stack.stop()


def stack_in(folder: Path) -> Stack:
    """What the demo starts, on its ports, or on others where somebody listens on those."""
    ports = {name: _free(port) for name, port in PORTS.items()}
    redirect_url = f"http://127.0.0.1:{ports['web']}/connections/tiktok/callback"
    return Stack(
        folder,
        ports=ports,
        web_workers=1,
        fetch_interval=20,
        tiktok_flags=f"--auto-orders 20 --hold-seconds 10 --redirect-url {redirect_url}",
        magento_flags="--latency 0.2",
        uk_shop=True,
    )


def _free(port: int) -> int:
    """The port itself, or another one when somebody listens on it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return free_port()
    return port


def _up(stack: Stack, name: str) -> bool:
    try:
        return requests.get(stack.url(name), timeout=2).ok
    except requests.RequestException:
        return False


def _greet(stack: Stack) -> None:
    """Once everything is ready: some orders, and where to look."""
    try:
        stack.wait_until_ready(within=120)
    except NeverCame as error:
        print(f"The demo did not come up: {error}", file=sys.stderr, flush=True)
        return
    for order in FIRST_ORDERS:
        stack.post("tiktok", "orders", order.options)
    print(
        f"""
  The connector         {stack.url("web")}
    log in with         {EMAIL}
    password            {PASSWORD}
  Sandbox TikTok Shop   {stack.url("tiktok")}   place orders, ship, cancel
  Sandbox Magento       {stack.url("magento")}   orders, stock

  On their way: {"; ".join(order.what for order in FIRST_ORDERS)}.
  Another one comes every 20 seconds. MUG-02 is not in Magento: its order waits in Error until it is mapped, with two clicks.
  Ctrl-C stops everything.
""",
        flush=True,
    )


if __name__ == "__main__":
    main()
