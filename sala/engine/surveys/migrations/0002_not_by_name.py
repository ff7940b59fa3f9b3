"""Answers no longer name their case. There are none yet: the table is made anew."""

import django.db.models.deletion
from django.db import migrations, models

import sala.kit.ids


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial"), ("surveys", "0001_initial")]

    operations = [
        migrations.DeleteModel(name="Answer"),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.UUIDField(default=sala.kit.ids.uuid7, primary_key=True, serialize=False)),
                ("case_key", models.TextField(help_text="a keyed digest of the case's number", unique=True)),
                ("service", models.SlugField(db_index=False)),
                ("score", models.SmallIntegerField()),
                ("comment", models.TextField(default="")),
                ("first_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(help_text="of the last change, which counts")),
                (
                    "office",
                    models.ForeignKey(
                        db_index=False, on_delete=django.db.models.deletion.PROTECT, to="directory.office"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("comment", ""), _negated=True),
                        fields=["office", "-answered_at"],
                        name="survey_comments",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("score__gte", 1), ("score__lte", 5)), name="survey_score_range"
                    )
                ],
            },
        ),
    ]
