"""The history of people takes new rows, nothing else."""

from __future__ import annotations

from django.db import migrations

GUARD = """
create function people_history_guard() returns trigger language plpgsql as $$
begin
    raise exception 'the history of people is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger people_history_append_only before update or delete on people_personchange
    for each row execute function people_history_guard();
"""
REMOVE = """
drop trigger people_history_append_only on people_personchange;
drop function people_history_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, REMOVE)]
