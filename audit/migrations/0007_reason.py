from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0006_low_water'),
    ]

    operations = [
        migrations.AddField(
            model_name='alarm',
            name='reason',
            field=models.CharField(blank=True, db_default='', default='', max_length=500, verbose_name='who, and why'),
        ),
    ]
