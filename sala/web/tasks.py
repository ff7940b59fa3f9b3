"""What the house does for itself by the clock. Cron times are UTC: 18:00 there is 01:00 in Thailand."""

from __future__ import annotations

import logging
from datetime import timedelta

from procrastinate import JobContext
from procrastinate.contrib.django import app
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

from sala.kit import audit, clock, idempotency, ratelimit, sql

DEAD_AFTER = 30
"""Seconds without a sign of life after which a worker counts as dead."""
MOST_ATTEMPTS = 5
"""A job that took its worker down this often is given up."""
FAILED_JOBS_KEPT = timedelta(days=30)

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * *")
@app.task(name="web.revive", queueing_lock="web.revive", pass_context=True)
async def revive(context: JobContext, timestamp: int) -> None:
    """Every minute: what a killed worker was doing is done again by another."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
        if job.id == context.job.id:
            continue
        await _revive(context, job)


async def _revive(context: JobContext, job: Job) -> None:
    manager = context.app.job_manager
    try:
        if job.attempts >= MOST_ATTEMPTS:
            log.error("a job took its worker down too often and was given up", extra={"job": job.task_name})
            await manager.finish_job(job, status=Status.FAILED, delete_job=False)
        else:
            await manager.retry_job(job, retry_at=clock.now())
    except UniqueViolation:  # another of its kind waits already
        await manager.finish_job(job, status=Status.FAILED, delete_job=True)
    except ConnectorException:  # somebody else revived or finished it
        log.info("a stalled job was already seen to", extra={"job": job.task_name})


@app.periodic(cron="* * * * *")
@app.task(name="web.seal_audit", queueing_lock="web.seal_audit")
def seal_audit(timestamp: int) -> None:
    """Every minute: the audit's new entries join its chain."""
    audit.seal()


@app.periodic(cron="10 18 * * *")
@app.task(name="web.tidy", queueing_lock="web.tidy")
def tidy(timestamp: int) -> None:
    """Every night: what has served its time goes."""
    idempotency.sweep()
    ratelimit.sweep()
    sql.execute(_FORGET_FAILED_JOBS, [clock.now() - FAILED_JOBS_KEPT])


_FORGET_FAILED_JOBS = """
delete from procrastinate_jobs j where status = 'failed'
and not exists (select 1 from procrastinate_events e where e.job_id = j.id and e.at > %s)"""
