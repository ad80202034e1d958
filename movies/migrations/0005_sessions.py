from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("movies", "0004_progress")]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="session",
            field=models.TextField(blank=True, default="", help_text="where a bucket takes its chunks"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="upload",
            name="offset",
            field=models.PositiveBigIntegerField(
                default=0, help_text="bytes; of one in a bucket, how much had come when it was last asked"
            ),
        ),
    ]
