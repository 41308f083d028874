"""The tools that come with this site."""

from chat.tools.calculator import CALCULATOR
from chat.tools.current_time import CURRENT_TIME
from chat.tools.tool import Tool

BUILTIN: dict[str, Tool] = {tool.name: tool for tool in (CALCULATOR, CURRENT_TIME)}
