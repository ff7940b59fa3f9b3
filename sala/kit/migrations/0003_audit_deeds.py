from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("kit", "0002_audit_append_only")]

    operations = [
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["subject", "action", "id"], name="audit_deeds"),
        ),
    ]
