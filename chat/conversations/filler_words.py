"""Patterns for English filler phrases ("Hi! Can you please…"), which titles leave out; they are shown nowhere."""

import re

VERBS = (
    "add|analy[sz]e|answer|build|calculate|change|check|code|come up|compare|convert|correct|create|debug|define|"
    "describe|design|draft|draw|edit|elaborate|estimate|evaluate|expand|explain|extract|find|fix|format|generate|give|help|"
    "implement|improve|list|look|make|optimi[sz]e|organi[sz]e|outline|paraphrase|plan|point|prepare|proofread|propose|"
    "provide|read|recommend|refactor|rephrase|review|rewrite|show|simplify|solve|suggest|summari[sz]e|teach|tell|"
    "translate|turn|walk|write"
)
QUESTION_WORDS = (
    "can|could|would|will|please|pls|how|what|why|where|when|who|which|is|are|do|does|did|i|i'm|i'd|i've|if|help"
)
GREETING = (
    r"(?:hi|hello|hey|hiya|greetings|good (?:morning|afternoon|evening|day))"
    r"(?: (?:there|again|everyone|all|chatgpt|claude|gemini|gpt|bot|assistant|friend|team))?"
)
FILLERS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        rf"{GREETING}(?:[,!.:]+\s*|\s+(?=(?:{QUESTION_WORDS})\b))",
        rf"(?:ok|okay|so|well|alright|right)[, ]\s*(?=(?:{QUESTION_WORDS})\b)",
        r"(?:please|pls|kindly),? ",
        r"(?:can|could|would|will) you (?:please|kindly|possibly) ",
        rf"(?:can|could|would|will) you (?=(?:{VERBS})\b)",
        r"(?:i want|i need|i would like|i['’]d like) you to ",
        r"(?:i want|i wanted|i need|i would like|i['’]d like) to (?:know|ask(?: you)?|understand)(?: about)?[,:]? ",
        r"i was (?:just )?wondering(?: if| whether)?(?: you could| you can)? ",
        r"i(?: have|['’]ve got|['’]ve) a (?:quick |short |simple )?question(?: for you)?(?: about| regarding)?[,:]? ",
        r"(?:quick |short )?question: ",
        r"do you know (?=(?:how|what|why|where|who|when|if|whether|which)\b)",
        rf"help me (?:to )?(?=(?:{VERBS})\b)",
        r"tell me (?:about )?",
    )
]
REQUEST = re.compile(r"(?:can|could|would|will) you |i was (?:just )?wondering|do you know if", re.IGNORECASE)
THANKS = re.compile(r",? (?:please|pls|thanks|thank you|thx|thanks in advance)[.!]*$", re.IGNORECASE)
EMPTY_PHRASE = re.compile(
    rf"{GREETING}|(?:many )?thanks(?: in advance)?|thank you(?: in advance)?|please|i have a(?: quick)? question"
    r"|i need(?: your| some)? help|(?:please )?help(?: me)?|how are you(?: doing)?(?: today)?"
    r"|(?:you are|you['’]re|act as|imagine you are|pretend to be) (?:an? |the |my )?[^.!?\n]+",
    re.IGNORECASE,
)
