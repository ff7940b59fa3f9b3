"""The database notes each change of a template, whoever makes it, for the process that searches."""

from __future__ import annotations

from django.db import migrations, models

NOTE = """
create function faces_note_change() returns trigger language plpgsql as $$
declare
    changed faces_facetemplate := coalesce(new, old);
begin
    insert into faces_templatechange (person, engine, transaction, at)
    values (changed.person_id, changed.engine, pg_current_xact_id()::text::bigint, now());
    return null;
end $$;
create trigger template_changes after insert or update or delete on faces_facetemplate
    for each row execute function faces_note_change();
"""
REMOVE = """
drop trigger template_changes on faces_facetemplate;
drop function faces_note_change();
"""


class Migration(migrations.Migration):
    dependencies = [("faces", "0003_broken_templates")]
    operations = [
        migrations.CreateModel(
            name="GalleryMark",
            fields=[
                ("index", models.CharField(help_text="a hash of its address and its engine", max_length=64, primary_key=True, serialize=False)),
                ("after", models.BigIntegerField(help_text="the template to go on after; null: everybody is in it", null=True)),
                ("horizon", models.BigIntegerField(help_text="the transaction from which on changes may be new")),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="TemplateChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("person", models.BigIntegerField()),
                ("engine", models.CharField(max_length=40)),
                ("transaction", models.BigIntegerField(help_text="in which it was written: see gallery.changes")),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [
                    models.Index(fields=["engine", "transaction"], name="template_change_next"),
                    models.Index(fields=["at"], name="template_change_age"),
                ],
            },
        ),
        migrations.RunSQL(NOTE, REMOVE),
    ]
