from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("provider", "0007_registered_itself")]

    operations = [
        migrations.AddField(
            model_name="signingkey",
            name="place",
            field=models.TextField(
                db_default="",
                default="",
                help_text="where the private key lies (custody.Made); empty: in `sealed`",
            ),
        ),
    ]
