import chat.models.account
import django.db.models.deletion
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chat', '0030_voice'),
    ]

    operations = [
        migrations.CreateModel(
            name='McpServer',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=60)),
                ('slug', models.CharField(max_length=20)),
                ('url', models.CharField(max_length=2000)),
                ('auth', models.CharField(choices=[('none', 'None'), ('header', 'Header'), ('oauth', 'Oauth')], default='none', max_length=6)),
                ('header_name', models.CharField(blank=True, max_length=100)),
                ('ciphertext', models.TextField(blank=True)),
                ('status', models.CharField(choices=[('ready', 'Ready'), ('sign_in', 'Sign In'), ('failed', 'Failed')], default='ready', max_length=7)),
                ('problem', models.CharField(blank=True, max_length=20)),
                ('problem_detail', models.CharField(blank=True, max_length=500)),
                ('left_out', models.PositiveIntegerField(default=0)),
                ('listed_at', models.DateTimeField(null=True)),
                ('renewed_until', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mcp_servers', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['created_at', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='McpSignIn',
            fields=[
                ('id', models.CharField(default=chat.models.account.new_nonce, max_length=64, primary_key=True, serialize=False)),
                ('browser', models.CharField(max_length=64)),
                ('state', models.CharField(db_index=True, max_length=200)),
                ('verifier', models.CharField(max_length=128)),
                ('started_at', models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                ('server', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_ins', to='chat.mcpserver')),
            ],
        ),
        migrations.CreateModel(
            name='McpTool',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.PositiveIntegerField()),
                ('name', models.CharField(max_length=128)),
                ('title', models.CharField(max_length=80)),
                ('description', models.TextField(blank=True)),
                ('parameters', models.JSONField()),
                ('fingerprint', models.CharField(max_length=64)),
                ('permission', models.CharField(choices=[('ask', 'Ask every time'), ('allowed', 'Always allow'), ('never', 'Never')], default='ask', max_length=7)),
                ('is_changed', models.BooleanField(default=False)),
                ('server', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tools', to='chat.mcpserver')),
            ],
            options={
                'ordering': ['position', 'pk'],
            },
        ),
        migrations.AddConstraint(
            model_name='mcpserver',
            constraint=models.UniqueConstraint(fields=('user', 'slug'), name='one_server_a_slug'),
        ),
        migrations.AddConstraint(
            model_name='mcptool',
            constraint=models.UniqueConstraint(fields=('server', 'name'), name='one_tool_a_name'),
        ),
    ]
