"""gunicorn's settings; what a platform sets (PORT, WEB_CONCURRENCY) comes from the environment."""

import os

bind = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8000')}"  # noqa: S104
workers = int(os.environ.get("WEB_CONCURRENCY") or 2)
# Loaded once, then forked: ready sooner, in half of the memory, and a wrong setting is said once.
preload_app = True
worker_class = "gthread"
threads = 8
timeout = 30
graceful_timeout = 20
keepalive = 15
# Bulk actions and filters stand in the address; the default of 4094 would cut a long selection.
limit_request_line = 8190
max_requests = 20000
max_requests_jitter = 2000
# The address that people see is decided by the proxy in front (X-Forwarded-Proto), which connector/__init__.py reads.
forwarded_allow_ips = "*"
control_socket_disable = True
