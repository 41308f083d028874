#!/usr/bin/env python
"""Django's command line, with the settings of this project."""

import os
import sys

from django.core.management import execute_from_command_line

from webapp.environment import load_env_file

if __name__ == "__main__":
    load_env_file()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.settings")
    execute_from_command_line(sys.argv)
