"""Words that show how a clause stands to what it names, as data: taste, requests, refusals, comparisons.

The patterns read small letters in which titles and attributes are masked.
"""

from __future__ import annotations

import re

TITLE_MASK, ATTRIBUTE_MASK = "\ue000", "\ue001"

_T, _A = TITLE_MASK, ATTRIBUTE_MASK
_ASKING = (
    r"(?:can|could|would|will) you (?:\w+ )?(?:recommend|suggest|show|give|find|name)|recommend(?: me)?\b|"
    r"suggest(?: me)?\b|"
    r"show me|give me|find me|what (?:else )?(?:should|shall|can|could|to) (?:i |we )?(?:watch|see|read)|what else|"
    r"i(?:'m| am| was)? "
    r"(?:just )?(?:want|need|fancy|after|looking|craving|would like|feel like|in the mood)|i'd (?:like|love|prefer)|"
    r"(?:(?<!should )(?<!shall )(?<!could )(?<!can )we|let's) (?:want|need|watch|see)|"
    r"looking for|in the mood for|any (?:good|great|other|more)"
)
SPLIT = re.compile(
    r"(?P<stop>[.!?;\n]+(?!\d))"
    r"|(?P<comma>,)(?!\d{3}\b)"
    r"|(?P<word>(?<!anything )(?<!nothing )\bbut\b|\b(?:however|although|though|whereas|while|yet|and|or|nor|"
    r"because|since|then|so(?=\s+(?:\w+\s+)?"
    r"(?:recommend|suggest|give|show|what|now|tonight)))\b|&| - )"
    r"|(?P<over>(?<=\ue000)\s+(?:to|over|than)\s+(?=\ue000))"
    r"|(?P<cue>\b(?=(?:less\s+\ue001|nothing|without|with no|anything but|except|other than|instead of|"
    r"rather than|no|not)(?!\w)|"
    r"(?:that|which)(?:'s not|'re not| is not| isn't| are not| aren't)\s+(?:\w+\s+){0,3}?\ue001))"
    rf"|(?P<ask>\b(?={_ASKING}))"
)
# "not" after these, and "no" before these, negate a verb or say something else than "leave this out".
NEGATED_VERB = re.compile(
    r"(?:\b(?:do|did|does|is|was|are|were|have|has|had|am|would|could|can|should|will|rather|it's|that's|i'm|"
    r"really|probably|"
    r"definitely|just|absolutely|why|of|or|anything but)|\bbut)\s*$"
)
NO_EXCLUSION = re.compile(
    r"no(?:t)?\s+(?:one|way|idea|problem|doubt|longer|sure|bad|my|a (?:\w+ )?fan|into|interested|keen|really (?:a|"
    r"into|my)|"
    r"only|yet|thanks|matter|interest|like it|great|good|impressed|worth|the biggest)\b|nothing beats"
)
EXCLUSION = re.compile(
    r"\s*(?:,|but|and|or|please)?\s*(?:nothing|without|with no|anything but|except(?: for)?|other than|instead of|"
    r"rather than|"
    r"avoid|skip|minus|no more|leave out|spare me|no|not|less(?=\s+\ue001)|"
    r"(?:that|which)(?:'s not|'re not| is not| isn't| are not| aren't))\b"
)

_BE = r"(?:is|was|are|were|be|been|'s|'re|so|too|really|pretty|very|found|thought|rather|quite|absolutely|simply)"
_NOT = r"(?:n't|\bnot|\bcannot|\bcant|\bdont|\bdidnt|\bdoesnt|\bwasnt|\bisnt|\bnever|\bhardly|\bno longer)"
_GOOD = (
    r"(?:great|good|amazing|awesome|brilliant|excellent|fantastic|wonderful|superb|perfect|incredible|stunning|"
    r"beautiful|"
    r"fun|best|lovely|fab|fabulous|terrific|enjoyable|outstanding|magnificent|worth it|a joy|a delight|a treat)"
)
_TASTE_PATTERNS: tuple[tuple[int, str], ...] = (
    (0, rf"{_NOT}\s+(?:\w+\s+)?(?:hate|hated|mind|minded|dislike|disliked|despise)\b"),
    (
        1,
        rf"{_NOT}\s+(?:half |that |too |so |at all |all )?(?:bad|boring|terrible|awful|disappoint\w+)\b|"
        rf"nothing beats",
    ),
    (
        1,
        r"(?:can(?:'t|not)|couldn't) get enough|couldn't stop|couldn't put|can(?:'t|not) go wrong|never gets? old|"
        r"wouldn't miss",
    ),
    (
        -1,
        rf"{_NOT}\s+(?:\w+\s+){{0,2}}?(?:like|liked|love|loved|enjoy|enjoyed|care (?:for|about)|stand|bear|finish|"
        rf"get into|"
        rf"get through|sit through|get on with|into|interested|keen|impressed|recommend|watch (?:it |that )?again|"
        rf"work for me)\b",
    ),
    (-1, rf"{_NOT}\s+(?:\w+ )?(?:a|an|my|the)\s+(?:\w+ )?(?:fan|thing|cup|kind|favou?rite)"),
    (-1, rf"{_NOT}\s+(?:\w+\s+){{0,2}}?(?:great|good|amazing|funny|worth|convincing|special)\b"),
    (
        -1,
        r"\b(?:hate[ds]?|hating|dislike[ds]?|despise[ds]?|loathe[ds]?|detest(?:ed|s)?|bor(?:ing|ed)|bores me|dull|"
        r"awful|terrible|"
        r"horrible|dreadful|worst|overrated|disappoint\w+|rubbish|garbage|trash|crap|unwatchable|tedious|suck(?:s|"
        r"ed)|rather "
        r"not|never again|sick of|tired of|fed up with|fell asleep|walked out|turn(?:ed)? (?:it )?off|gave up|"
        r"waste of|had "
        r"enough of|no interest in|no fan of|allergic to|put me off|do without|meh|mediocre|thumbs down|"
        r"left me cold)\b",
    ),
    (-1, rf"\b(?:{_BE})\s+(?:\w+\s+){{0,2}}(?:bad|weak|stupid|predictable|poor|pointless|too {_A}+)"),
    (-1, rf"\btoo (?:long|{_A}+)"),
    (
        1,
        r"\b(?:love[ds]?|loving|adore[ds]?|liked|likes|enjoy(?:ed|s)?|fan of|fans of|favou?rites?|fave?s?|"
        r"obsessed with|"
        r"(?:am|i'm|really|big|very|so|always been|get) into|prefer(?:red)?|blew me away|blown away|masterpieces?|"
        r"gems?|"
        r"rock(?:s|ed)|ruled|appreciate[ds]?|fond of|crazy about|partial to|go-to|soft spot for|big on|worship|"
        r"thumbs up|"
        r"hooked|cried with joy|delighted|moved me|stayed with me)\b",
    ),
    (
        1,
        r"\b(?:i|we|you|really|also|always|do|still|generally|usually|quite|much|both|they|she|he|kids|wife|"
        r"husband)\s+"
        r"(?:\w+ly\s+)?like\b",
    ),
    (1, rf"{_BE}\s+(?:\w+\s+){{0,3}}{_GOOD}\b|{_T}\W*(?:{_GOOD})\b|^\W*{_GOOD}\W*{_T}"),
)
NEGATION_BEFORE = re.compile(rf"{_NOT}\s+(?:\w+\s+)?$")
UNWANTED = re.compile(
    rf"{_NOT}\s+(?:\w+\s+)?(?:want|need|fancy|in the mood|feel like|feeling|looking for|show|give|recommend|"
    rf"suggest|after)\b"
)
TASTES = tuple((polarity, re.compile(pattern)) for polarity, pattern in _TASTE_PATTERNS)
NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5}
RATING = re.compile(
    r"\b(?P<given>\d{1,3}(?:\.\d)?)\s*(?:/|out of)\s*(?P<most>\d{1,3})|\b(?P<stars>\d(?:\.\d)?|one|two|three|four|"
    r"five)\s*stars?\b"
)
LIKED_RATIO, DISLIKED_RATIO = 0.65, 0.5
# "I'd love a western" asks, and so does what somebody will like: verbs of taste that speak of no taste yet.
WISHES = re.compile(
    r"(?:i'd|we'd|i would|we would|would|will|might|may|'ll|should) (?:\w+ )?(?:like|love|enjoy|prefer)\b|"
    r"feel like|to enjoy|love to|"
    r"like to|(?:do|did) you (?:like|love|enjoy|prefer)"
)
_DESCRIBED = (
    r"(?:the|that) (?:one|film|movie|book|novel|story|\w+ (?:one|film|movie|book|novel))s? "
    r"(?:where|in which|about|with|that|who|when|set)"
)
REQUEST = re.compile(
    rf"\b(?:{_DESCRIBED}\b|{_ASKING}|something|anything|tonight|please|let's|got any|do you have|have you got|"
    rf"is there|are there|"
    rf"what about|"
    r"how about|mood for|want to (?:watch|see|read)|wanna|i'm up for|up for|for tonight|more like|another one|"
    r"surprise me|best|top \d+)\b|^\W*(?:a|an|some|any)\b|"
    r"^\W*(?:films|movies|books|novels|stories)\s+"
    r"(?:where|about|with|that|based|set|in which|featuring|for|like)\b"
)
STRONG_REQUEST = re.compile(
    rf"\b(?:{_DESCRIBED}\b|{_ASKING}|something|anything|surprise me|another one|got any|do you have|to watch|to read)\b"
)
SEEN = re.compile(
    r"\b(?:seen(?! (?:through|from|by|as|in))|watched|saw|rewatched|already|just finished|have read|watching)\b"
)
UNSEEN = re.compile(rf"{_NOT}\s+(?:\w+\s+)?(?:seen|watched|saw)\b|have you (?:\w+ )?(?:seen|watched)")
COMPARISON = re.compile(
    r"\b(?:similar to|in the vein of|in the style of|reminiscent of|along the lines of|as [\w\ue001]+ as|"
    r"in the (?:spirit|tradition|mold|mould|manner) of|vibes? (?:of|"
    r"like|as)|"
    r"comparable to|the likes of|same (?:\w+ )?as|like)\b[^\ue000]{0,25}\ue000"
)
# "Any films like it?" compares with what was just named.
COMPARES_BACK = re.compile(
    r"\b(?:like|similar to|in the (?:same )?vein (?:of|as)|along the lines of)\s+"
    r"(?:(?P<one>it|that one|this one|that|this)|(?P<all>those|these|them|both))\b|"
    r"\bmore of (?:that|those|the same)\b|\bmore like (?:that|this|it)\b|"
    r"\bsimilar\b(?!\s+to\b(?!\s+(?:watch|read)))"
)
# "And a book on the same?" goes on from the request before; so does "what about books?", where that is all it says.
SAME = re.compile(
    r"\b(?:on|about|of|with|more of) the same\b|\bsame (?:but|kind|sort|thing|subject|topic|theme|mood|again)\b"
)
SWITCH = re.compile(r"^\W*(?:and|but|or|now|ok|okay|also|what about|how about)\b|\b(?:instead|too|as well)\W*$")
ADDS = re.compile(r"^\W*(?:or|also|and also)\b|\b(?:too|also|as well)\W*$")
REFERS_BACK = re.compile(r"\b(?:it|that one|that|them|this one|they|both)\b")

MARKUP = re.compile(r"<\|[^|>\n]{0,40}\|>|</?[a-zA-Z][^<>\n]{0,200}>")
WHY = re.compile(
    r"^\W*(?:but |so |and |ok |hm+ )?why\b(?! (?:not|don't))|\bwhy (?:did|do|would|are|have) you\b|\bwhy (?:this|"
    r"that|these)\b|"
    r"\bexplain (?:why|this|that|your)"
)
GREETING = re.compile(r"^\W*(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day)|yo)\b")
THANKS = re.compile(r"\b(?:thanks|thank you|thx|cheers|ty|much appreciated)\b")
OFF_TOPIC = re.compile(
    r"\s*(?:tell me (?:about|how|why|who)|who|when|where|how|what(?:'s| is| are| was| were| does| did)) (?!about)"
)
