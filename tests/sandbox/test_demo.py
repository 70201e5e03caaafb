"""What `make demo` starts."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from sandbox import demo


def test_where_a_port_is_taken_the_shop_is_authorized_at_the_one_that_the_panel_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        monkeypatch.setattr(demo, "PORTS", demo.PORTS | {"web": port})
        stack = demo.stack_in(tmp_path)
    assert stack.ports["web"] != port
    assert f"--redirect-url {stack.url('web')}/connections/tiktok/callback" in stack.commands["tiktok"]
