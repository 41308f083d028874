"""The name that sessions of an earlier version have stored. They still sign their people in by it."""

from chat.accounts.backend import AccountBackend as KeptAccount

__all__ = ["KeptAccount"]
