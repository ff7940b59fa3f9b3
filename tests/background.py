"""The background, run to its end in the foreground: the real relay, the real queue, the real tasks."""

from __future__ import annotations

from typing import Any

import msgspec
from procrastinate.contrib.django import app

from sala.kit import sql
from sala.web import relay

_NEXT = """
delete from procrastinate_jobs where id = (
    select id from procrastinate_jobs where status = 'todo' and (scheduled_at is null or scheduled_at <= now())
    order by id limit 1)
returning task_name, args"""


def settle(most: int = 1000) -> list[str]:
    """Relay the outbox and run queued jobs until nothing is left to do; the names of the tasks that ran."""
    ran: list[str] = []
    while len(ran) < most:
        took = relay.relay()
        job = sql.fetch_one(_NEXT)
        if job is None:
            if took:
                continue
            return ran
        ran.append(_run(*job))
    raise AssertionError(f"the background does not come to rest: {ran[-5:]}")


def _run(name: str, args: Any) -> str:
    app.tasks[name].func(**(msgspec.json.decode(args) if isinstance(args, str) else args))
    return name
