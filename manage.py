#!/usr/bin/env python
"""Django's command line, with the settings of this project."""

import os
import sys

from django.core.management import execute_from_command_line

from webapp.database_problems import without_pool
from webapp.environment import load_env_file
from webapp.misconfiguration import exit_on_misconfiguration

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    with exit_on_misconfiguration():
        load_env_file()
        without_pool()
        execute_from_command_line(sys.argv)
