from django.db import migrations, models

# Deltas come and go by the thousand: without this the table's dead rows would wait for a fifth of it to be dead.
VACUUM = """alter table dashboards_delta set
    (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_insert_threshold = -1)"""


class Migration(migrations.Migration):
    dependencies = [("dashboards", "0001_initial")]

    operations = [
        migrations.DeleteModel(name="Counter"),
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("pk", models.CompositePrimaryKey("service", "office", "span", "day", "measure", blank=True, editable=False, primary_key=True, serialize=False)),
                ("service", models.SlugField()),
                ("office", models.IntegerField()),
                ("span", models.TextField(choices=[("day", "Day"), ("month", "Month"), ("all", "All")])),
                ("day", models.DateField(help_text="the day, the first of the month, or 2000-01-01 for all")),
                ("measure", models.TextField()),
                ("value", models.BigIntegerField(default=0)),
            ],
            options={"indexes": [models.Index(fields=["office", "span", "day"], name="counter_office_span")]},
        ),
        migrations.RunSQL(VACUUM, migrations.RunSQL.noop),
    ]
