"""How gunicorn serves the pages: one process with threads; bin/supervise.py hands the open port over."""

from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

from bin.processes import die_with

worker_class = "gthread"
workers = 1
threads = 8
graceful_timeout = 5
loglevel = "warning"
control_socket_disable = True


def post_fork(server: Arbiter, worker: Worker) -> None:
    """Let the forked worker end with gunicorn, too."""
    del server
    die_with(worker.ppid)
