"""Cases by the million, made by PostgreSQL itself from one that was really filed."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

CHUNK = 25_000

# One in twenty is open, and at least the first 200 at the officer's office; the others were decided, months back.
_INSERT = """
insert into cases_case (
    id, reference, service, state, area, applicant_name, email, language, channel, answers, subject_key, late,
    due_on, submitted_at, due_at, warn_at, held, decided_at, decided_by, reason_code, events, last_hash, key_version,
    account_id, office_id, version_id)
select
    gen_random_uuid(), 'TM47-' || lpad(n::text, 8, '0') || '-X', c.service,
    case when s.open then 'submitted' else 'approved' end, c.area,
    (array['MARIA SILVA', 'JOHN SMITH', 'ANNA KOWALSKA', 'WEI CHEN', 'KEN TANAKA', 'FATIMA ALI'])[1 + n %% 6] || n,
    'someone@example.org', c.language, 'web', c.answers, 'PRT:' || n, n %% 9 = 0,
    c.due_on, s.at, s.at + interval '3 days', s.at + interval '2 days', false,
    case when s.open then null else s.at + interval '1 day' end, case when s.open then '' else 'system:rule' end, '',
    2, c.last_hash, 1, c.account_id,
    case when n <= 200 then %(office)s else (%(offices)s::int[])[1 + n %% array_length(%(offices)s::int[], 1)] end,
    c.version_id
from (select * from cases_case where reference = %(reference)s) c,
    generate_series(%(first)s::int, %(last)s::int) n,
    lateral (select n <= 200 or n %% 20 = 0 as open) o,
    lateral (select o.open, now() - case when o.open then interval '1 hour' * (n %% 70)
                                         else interval '5 days' + interval '1 minute' * (n %% 500000) end as at) s
"""


def grow(*, reference: str, office: int, offices: list[int], first: int, last: int) -> Iterator[int]:
    """Make cases number `first` to `last` from the one with `reference`; how many there are, as it goes on."""
    with connection.cursor() as cursor:
        for begin in range(first, last + 1, CHUNK):
            end = min(begin + CHUNK - 1, last)
            values = {"reference": reference, "office": office, "offices": offices, "first": begin, "last": end}
            cursor.execute(_INSERT, values)
            yield end
        cursor.execute("vacuum analyze cases_case")
