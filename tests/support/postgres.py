"""A PostgreSQL cluster of the tests' own: made in a temporary folder, on a free port, gone at the end."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import psycopg

from sandbox.stack import free_port


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        raise RuntimeError("PostgreSQL's server programs are missing; scripts/system-packages installs them")
    return Path(on_path).parent


#: Whoever is still in the middle of something lets it go. Foreign keys are not looked at: whatever order the tables come
#: in, in the end all are empty.
EMPTY = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid();
SET session_replication_role = replica;
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
        EXECUTE format('DELETE FROM %I', found.tablename);
    END LOOP;
    FOR found IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', found.sequencename);
    END LOOP;
END $$
"""


class Cluster:
    """`start()`, `stop()`, `restart()`, and databases by name. Its server refuses to run as root, so another user runs it."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="connector-postgres-"))
        self.port = free_port()
        self._programs = _programs()
        self._user = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        self._emptying: dict[str, psycopg.Connection[Any]] = {}
        if self._user:
            os.chown(self.folder, self._user.pw_uid, self._user.pw_gid)

    def start(self) -> None:
        if not (self.folder / "PG_VERSION").exists():
            self._run(
                "initdb",
                "--pgdata",
                str(self.folder),
                "--username",
                "connector",
                "--auth",
                "trust",
                "--encoding",
                "UTF8",
            )
        options = (
            f"-c port={self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder}"
            " -c fsync=off -c max_connections=200"
        )
        self._run(
            "pg_ctl",
            "start",
            "--pgdata",
            str(self.folder),
            "--wait",
            "--log",
            str(self.folder / "log"),
            "--options",
            options,
        )

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "stop", "--pgdata", str(self.folder), "--mode", mode, "--wait")

    def remove(self) -> None:
        for connection in self._emptying.values():
            connection.close()
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str) -> str:
        return f"postgresql://connector@127.0.0.1:{self.port}/{name}"

    def create(self, name: str, template: str = "template1") -> str:
        """Makes a database; returns its address."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def empty(self, name: str) -> None:
        """Takes every row out of a database of ours and lets its numbers begin anew: quicker than a new database."""
        try:
            self._emptying[name].execute(EMPTY)
        except (KeyError, psycopg.OperationalError):  # the first time, or the server was restarted
            # Kept: most of the time would go into a new connection's first look at the tables.
            self._emptying[name] = psycopg.connect(self.url(name), autocommit=True)
            self._emptying[name].execute(EMPTY)

    def drop(self, name: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            user=self._user.pw_uid if self._user else None,
            group=self._user.pw_gid if self._user else None,
            cwd=self.folder,
            # Not captured by pipes: the server inherits them, and they would never close.
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        if done.returncode != 0:
            log = self.folder / "log"
            raise RuntimeError(f"{program} failed: {log.read_text()[-2000:] if log.exists() else done.returncode}")
