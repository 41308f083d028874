"""An old import path of the authentication backend, which sessions of earlier versions have stored."""

from chat.accounts.backend import AccountBackend as KeptAccount

__all__ = ["KeptAccount"]
