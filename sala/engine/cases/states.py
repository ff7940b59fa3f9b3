"""The states of a case. What leads from one to another stands in rules.py."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    SUBMITTED = "submitted"
    IN_REVIEW = "in_review"
    INFO_REQUESTED = "info_requested"
    APPROVED = "approved"
    REFUSED = "refused"
    REFERRED = "referred"
    COMPLETED = "completed"
    WITHDRAWN = "withdrawn"
