"""Recount every case and survey and compare with the dashboards' counters."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from sala.engine.dashboards.services import reconcile


class Command(BaseCommand):
    help = "Recount all cases and surveys and compare with the counters of the dashboards; fails where they differ."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--repair", action="store_true", help="correct the counters by what is missing")

    def handle(self, *args: Any, repair: bool, **options: Any) -> None:
        differences = reconcile(repair=repair)
        for found in differences:
            self.stdout.write(
                f"{found.service} office {found.office} {found.span} {found.day} {found.measure}:"
                f" counted {found.counted}, recounted {found.recounted}"
            )
        if differences and not repair:
            raise CommandError(f"{len(differences)} figures differ; run again with --repair to correct them")
        self.stdout.write(f"{len(differences)} corrected" if differences else "the counters agree with the rows")
