"""What the dashboards do by themselves."""

from __future__ import annotations

import logging

from procrastinate.contrib.django import app

from sala.engine.dashboards import services

log = logging.getLogger(__name__)


@app.periodic(cron="* * * * * */10")
@app.task(name="dashboards.fold", queueing_lock="dashboards.fold")
def fold(timestamp: int) -> None:
    """Every ten seconds. A late fold makes no figure wrong: reads add what is not yet folded."""
    services.fold()


@app.periodic(cron="40 19 * * *")
@app.task(name="dashboards.reconcile", queueing_lock="dashboards.reconcile")
def reconcile(timestamp: int) -> None:
    """Every night: a counter that differs from the rows is a fault of the program, so it is said and not mended."""
    if differences := services.reconcile():
        log.error("dashboards differ from the rows", extra={"count": len(differences), "first": differences[0]})
