from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_queues")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="applicant_died_on",
            field=models.DateField(help_text="as the civil register has it; nobody mails the dead", null=True),
        ),
    ]
