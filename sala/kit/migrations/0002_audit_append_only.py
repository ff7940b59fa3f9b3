"""The audit takes new rows and their sealing, nothing else."""

from __future__ import annotations

from django.db import migrations

GUARD = """
create function kit_audit_guard() returns trigger language plpgsql as $$
begin
    if tg_op = 'UPDATE' and old.number is null and new.number is not null
        and (new.id, new.at, new.actor, new.action, new.subject, new.detail)
            is not distinct from (old.id, old.at, old.actor, old.action, old.subject, old.detail)
    then
        return new;
    end if;
    raise exception 'the audit is append-only' using errcode = 'insufficient_privilege';
end $$;
create trigger audit_append_only before update or delete on kit_auditentry
    for each row execute function kit_audit_guard();
"""
REMOVE = """
drop trigger audit_append_only on kit_auditentry;
drop function kit_audit_guard();
"""


class Migration(migrations.Migration):
    dependencies = [("kit", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, REMOVE)]
