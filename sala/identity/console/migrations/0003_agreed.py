from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("console", "0002_several_people")]

    operations = [
        migrations.AddField(
            model_name="relyingparty",
            name="agreed",
            field=models.JSONField(
                help_text="rules.Content as the live client last became it: what is asked now is told from this",
                null=True,
            ),
        ),
        # Of the others nobody wrote down what was agreed: theirs is told from what the client is.
        migrations.RunSQL(
            "UPDATE console_relyingparty SET agreed = content WHERE state = 'approved'", migrations.RunSQL.noop
        ),
    ]
