"""The worker processes: `python worker.py`. How many: WORKER_CONCURRENCY."""

from __future__ import annotations

import os
import sys

from connector import create_app
from connector.config import Config, ConfigError
from connector.sync.workers import Pool


def main() -> None:
    """Runs the pool until SIGTERM."""
    try:
        config = Config.from_environ(os.environ)
        create_app()  # here too, so that a wrong encryption key is said once and not by every worker
    except ConfigError as error:
        sys.exit(str(error))
    Pool(config.worker_concurrency).run()


if __name__ == "__main__":
    main()
