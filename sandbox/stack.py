"""The whole product with both sandboxes, as real processes on this machine: for the demo, the tests and the benchmarks.

Nothing of the connector is imported here: it is started, as a platform would start it (Procfile), and looked at from outside.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).resolve().parent.parent
APP_KEY, APP_SECRET, SERVICE_ID = "sandbox-app-key", "sandbox-app-secret", "sandbox-service"
SHOP_ID = "7494049642642441621"
UK_SHOP_ID = "7494049642642441622"
#: The access token of the sandbox Magento's integration, as a bearer token; and its four credentials for OAuth 1.0a.
MAGENTO_TOKEN = "sandbox-access-token"


class NeverCame(AssertionError):
    """What was waited for did not come in time."""


def wait_for(what: str, condition: Callable[[], Any], within: float = 30, every: float = 0.05) -> Any:
    """What `condition` gives once it is true; raises NeverCame after `within` seconds."""
    give_up = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > give_up:
            raise NeverCame(f"waited {within:g} s in vain for: {what}")
        time.sleep(every)


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(url: str) -> bool:
    """Whether something answers at an address, whatever it says."""
    try:
        requests.get(url, timeout=2)
    except requests.RequestException:
        return False
    return True


@dataclass
class Stack:
    """`start()` brings everything up, `stop()` takes it down. Each process can be killed and started by its name."""

    folder: Path
    database_url: str = ""
    ports: dict[str, int] = field(default_factory=dict)
    workers: int = 2
    web_workers: int = 2
    fetch_interval: int = 60
    settings: Mapping[str, str] = field(default_factory=dict)
    tiktok_flags: str = ""
    magento_flags: str = ""
    #: Whether the sandbox's second shop, in the UK, is there and connected too.
    uk_shop: bool = False
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("web", "tiktok", "magento", "valkey"):
            self.ports.setdefault(name, free_port())
        self.database_url = self.database_url or f"sqlite:///{self.folder / 'connector.db'}"

    def url(self, name: str) -> str:
        """The address of web, tiktok or magento."""
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the connector, on top of what this process has."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("FLASK_")},
            "SECRET_KEY": "sandbox-secret-key-of-the-demo",
            "ENCRYPTION_KEY": "sandbox-encryption-key-of-the-demo-only",
            "TIKTOK_APP_KEY": APP_KEY,
            "TIKTOK_APP_SECRET": APP_SECRET,
            "TIKTOK_SERVICE_ID": SERVICE_ID,
            "TIKTOK_API_URL": self.url("tiktok"),
            "TIKTOK_AUTH_URL": self.url("tiktok"),
            "DATABASE_URL": self.database_url,
            "REDIS_URL": f"redis://127.0.0.1:{self.ports['valkey']}/0",
            "PUBLIC_URL": self.url("web"),
            "WEB_CONCURRENCY": str(self.web_workers),
            "WORKER_CONCURRENCY": str(self.workers),
            "FETCH_INTERVAL": str(self.fetch_interval),
            "ALLOW_PRIVATE_STORE_URLS": "1",
            "PORT": str(self.ports["web"]),
            "HOST": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    @property
    def commands(self) -> dict[str, str]:
        """What is started, in this order. The connector's own processes are those of the Procfile."""
        python = shlex.quote(sys.executable)
        bin_folder = Path(sys.executable).parent
        webhook = f"{self.url('web')}/webhooks/tiktok"
        flags = f"{'--uk-shop' if self.uk_shop else ''} {self.tiktok_flags}"
        valkey_folder = shlex.quote(str(self.folder / "valkey"))
        return {
            "valkey": f"{python} -m sandbox.valkey --port {self.ports['valkey']} --folder {valkey_folder}",
            "magento": f"{python} -m sandbox.magento --port {self.ports['magento']} {self.magento_flags}",
            "tiktok": f"{python} -m sandbox.tiktok --port {self.ports['tiktok']} --webhook-url {webhook} {flags}",
            "web": f"{bin_folder}/gunicorn --config gunicorn.conf.py wsgi:app",
            "worker": f"{python} worker.py",
            "scheduler": f"{bin_folder}/flask --app wsgi scheduler",
        }

    # -- the whole -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Starts everything, connects the shop and the store, and returns when the panel says that it is ready."""
        self.prepare()
        for name in ("web", "worker", "scheduler"):
            self.start_process(name)
        self.wait_until_ready()

    def prepare(self) -> None:
        """Valkey and the sandboxes up, the database migrated, shop and store connected."""
        for name in ("valkey", "magento", "tiktok"):
            self.start_process(name)
        self.flask("db", "upgrade")
        wait_for("the sandbox Magento", lambda: answers(self.url("magento")))
        wait_for("the sandbox TikTok Shop", lambda: answers(self.url("tiktok")))
        self.connect()

    def connect(self) -> None:
        """Connects the sandbox's shops and its store by the commands."""
        self._connect_shop(SHOP_ID, "Sandbox Shop", "US")
        if self.uk_shop:
            self._connect_shop(UK_SHOP_ID, "Sandbox Shop UK", "GB", cipher="_uk", token="-uk")
        self.flask(
            "stores", "add", "--name", "Sandbox Store", "--url", self.url("magento"), "--access-token", MAGENTO_TOKEN
        )

    def _connect_shop(self, shop_id: str, name: str, region: str, *, cipher: str = "", token: str = "") -> None:
        expires_at = str(int(time.time()) + 7 * 86400)
        self.flask(
            *("shops", "add", "--shop-id", shop_id, "--name", name, "--region", region),
            *("--cipher", f"ROW_sandbox{cipher}", "--access-token", f"TTP_sandbox-access{token}"),
            *("--refresh-token", f"TTR_sandbox-refresh{token}", "--expires-at", expires_at),
        )

    def wait_until_ready(self, within: float = 40) -> None:
        """Until /readyz says that database, queue and workers are there."""

        def ready() -> bool:
            for name, process in self.processes.items():
                if process.poll() is not None:
                    raise NeverCame(f"{name} ended with {process.returncode}; see {self.folder / name}.log")
            return answers(f"{self.url('web')}/healthz") and requests.get(f"{self.url('web')}/readyz", timeout=5).ok

        wait_for("the connector to be ready", ready, within)

    def stop(self) -> None:
        """Ends all processes, the connector's own first."""
        for name in ("scheduler", "worker", "web", "tiktok", "magento", "valkey"):
            self.stop_process(name)

    # -- one process -----------------------------------------------------------------------------------------------------

    def start_process(self, name: str) -> None:
        """Starts one process; its output goes to a file of its name."""
        with (self.folder / f"{name}.log").open("ab") as output:
            self.processes[name] = subprocess.Popen(
                shlex.split(self.commands[name]),
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def stop_process(self, name: str, within: float = 30) -> None:
        """Asks a process to stop, as a platform does (SIGTERM), and ends it when it does not."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(within)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def kill(self, name: str) -> None:
        """Kills a process and all its children at once (SIGKILL)."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    # -- looking in from outside -------------------------------------------------------------------------------------------

    def flask(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs `flask --app wsgi …`."""
        done = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if check and done.returncode != 0:
            raise NeverCame(f"flask {' '.join(arguments[:2])} failed:\n{done.stdout}{done.stderr}")
        return done

    def orders(self) -> list[dict[str, Any]]:
        """What `orders list --json` prints."""
        return [json.loads(line) for line in self.flask("orders", "list", "--json").stdout.splitlines()]

    def metric(self, name: str) -> float:
        """A value of /metrics; 0 when it is not there. Cheap, where a command is a process of its own."""
        for line in requests.get(f"{self.url('web')}/metrics", timeout=30).text.splitlines():
            if line.startswith(f"{name} "):
                return float(line.rpartition(" ")[2])
        return 0.0

    def pending(self) -> float:
        """How many orders have work that is due or under way."""
        return self.metric('connector_orders{state="pending"}')

    def post(self, name: str, path: str, document: Any = None) -> Any:
        """A call to a sandbox's control API."""
        response = requests.post(f"{self.url(name)}/_sandbox/{path}", json=document or {}, timeout=60)
        response.raise_for_status()
        return response.json()

    def books(self, name: str) -> dict[str, Any]:
        """A sandbox's own books: what really happened there."""
        response = requests.get(f"{self.url(name)}/_sandbox/books", timeout=60)
        response.raise_for_status()
        books: dict[str, Any] = response.json()
        return books

    def webhooks_pending(self) -> int:
        """How many webhooks the sandbox shop has still to deliver."""
        return int(requests.get(f"{self.url('tiktok')}/_sandbox/webhooks?limit=1", timeout=60).json()["pending"])
