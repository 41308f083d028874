"""The parameters that people can set for a chat, a module for each group. Adding one is one entry in its group."""

from chat.parameters.definitions.answer_format import FORMAT
from chat.parameters.definitions.files import FILES
from chat.parameters.definitions.images import IMAGES
from chat.parameters.definitions.instructions import INSTRUCTIONS
from chat.parameters.definitions.long_chats import LONG_CHATS
from chat.parameters.definitions.reasoning import REASONING
from chat.parameters.definitions.routing import PROVIDERS
from chat.parameters.definitions.sampling import SAMPLING
from chat.parameters.definitions.tools import TOOLS
from chat.parameters.definitions.web import WEB
from chat.parameters.schema import Parameter

GROUPS = (INSTRUCTIONS, SAMPLING, REASONING, FORMAT, WEB, TOOLS, FILES, IMAGES, PROVIDERS, LONG_CHATS)
PARAMETERS: dict[str, Parameter] = {each.name: each for group in GROUPS for each in group.parameters}
