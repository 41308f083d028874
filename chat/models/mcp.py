"""The MCP servers that people have added, what these offer, and sign-ins with them in progress."""

import uuid
from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy

from chat.models import encryption
from chat.models.account import new_nonce


class McpServer(models.Model):
    """A server at an address, of one person. What it says of itself is text that nobody has checked.

    `ciphertext` has its secrets, encrypted for this row: the value of the header, or all that a sign-in by OAuth left
    (chat/mcp/process/oauth.py). `slug` is its part of the names by which models call its tools; it never changes.
    """

    class Auth(models.TextChoices):
        NONE = "none"
        HEADER = "header"
        OAUTH = "oauth"

    class Status(models.TextChoices):
        READY = "ready"
        SIGN_IN = "sign_in"  # the person has to sign in there
        FAILED = "failed"  # when its tools were last asked for: `problem`

    MOST = 10  # of one person
    LONGEST_NAME = 60  # characters
    LONGEST_URL = 2000
    LONGEST_HEADER_NAME = 100
    LONGEST_HEADER_VALUE = 4000
    LONGEST_SLUG = 20
    LONGEST_DETAIL = 500

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mcp_servers")
    name = models.CharField(max_length=LONGEST_NAME)
    slug = models.CharField(max_length=LONGEST_SLUG)
    url = models.CharField(max_length=LONGEST_URL)
    auth = models.CharField(max_length=6, choices=Auth, default=Auth.NONE)
    header_name = models.CharField(max_length=LONGEST_HEADER_NAME, blank=True)
    ciphertext = models.TextField(blank=True)
    status = models.CharField(max_length=7, choices=Status, default=Status.READY)
    problem = models.CharField(max_length=20, blank=True)  # a Kind of chat/mcp/process/problems.py
    problem_detail = models.CharField(max_length=LONGEST_DETAIL, blank=True)
    left_out = models.PositiveIntegerField(default=0)  # tools that it lists, but that cannot be used here
    listed_at = models.DateTimeField(null=True)  # when its tools were
    renewed_until = models.DateTimeField(null=True)  # one process renews its tokens until then
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "slug"], name="one_server_a_slug")]

    def __str__(self) -> str:
        return self.name

    @property
    def secrets(self) -> dict[str, Any]:
        """Its secrets; none if they cannot be decrypted any more."""
        try:
            return encryption.unseal(self.ciphertext, owner=self._owner) if self.ciphertext else {}
        except encryption.KeyUnreadable:
            return {}

    @secrets.setter
    def secrets(self, value: dict[str, Any]) -> None:
        self.ciphertext = encryption.seal(value, owner=self._owner) if value else ""

    def store(self, *fields: str) -> None:
        """Save these fields. Raises DoesNotExist if it was deleted meanwhile, as while it was asked for its tools."""
        if not McpServer.objects.filter(pk=self.pk).update(**{field: getattr(self, field) for field in fields}):
            raise McpServer.DoesNotExist

    @property
    def _owner(self) -> str:
        return f"{self.user_id} {self.pk}"


class McpTool(models.Model):
    """A tool that a server listed. A call is refused when the server lists another `fingerprint` by then."""

    class Permission(models.TextChoices):
        """As in chat/tools/tool.py."""

        ASK = "ask", gettext_lazy("Ask every time")
        ALLOWED = "allowed", gettext_lazy("Always allow")
        NEVER = "never", gettext_lazy("Never")

    server = models.ForeignKey(McpServer, on_delete=models.CASCADE, related_name="tools")
    position = models.PositiveIntegerField()
    name = models.CharField(max_length=128)  # as the server calls it
    title = models.CharField(max_length=80)
    description = models.TextField(blank=True)
    parameters = models.JSONField()  # JSON Schema
    fingerprint = models.CharField(max_length=64)
    permission = models.CharField(max_length=7, choices=Permission, default=Permission.ASK)
    is_changed = models.BooleanField(default=False)  # since the person last decided about it

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["server", "name"], name="one_tool_a_name")]

    def __str__(self) -> str:
        return self.name


class McpSignIn(models.Model):
    """A sign-in with a server in progress: from the press until the authorization server sends the person back.

    `browser` is the digest of a secret in the session that it began in. The row is deleted by whoever uses it.
    """

    LIFETIME: ClassVar[timedelta] = timedelta(minutes=15)

    id = models.CharField(max_length=64, primary_key=True, default=new_nonce)
    server = models.ForeignKey(McpServer, on_delete=models.CASCADE, related_name="sign_ins")
    browser = models.CharField(max_length=64)
    state = models.CharField(max_length=200, db_index=True)
    verifier = models.CharField(max_length=128)
    started_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return f"sign-in of {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def is_expired(self) -> bool:
        return timezone.now() - self.started_at > self.LIFETIME
