"""Words of a request that name nothing: they say that something is asked for, not what."""

from __future__ import annotations

from ..retrieval.text import FUNCTION_WORDS, word_set

# Said of what is asked for, but saying nothing about it.
EMPTY_WORDS = FUNCTION_WORDS | word_set(
    """
    dont didnt cant isnt wasnt arent havent doesnt wont wouldnt called less few fewer enough im ive id ill youre
    theres whats thats lets something anything some any thing things stuff one ones want wanted need like love fancy
    prefer looking look find get give show tell recommend recommendation recommendations suggest suggestion
    suggestions watch watching see seen read reading please thanks thank hi hello hey tonight today now tomorrow
    evening weekend night good great best nice cool decent better really very quite pretty too so most much bit
    little kind sort mood feel feeling feels would could should can will do does did have has had got what which who
    how why when where if then than just maybe perhaps also about movie movies film films flick flicks book books
    novel novels title titles similar vein style time next actually definitely ok okay yes yeah no sure well there here
    them they us be been being am were up out let know think help after made set directed starring by into off over
    under again only ever never all around same subject topic instead written author page pages without those these
    tonights todays
    """
)

# Ask for others of the same kind, so they stay in the text of the request.
MORE_WORDS = word_set("more else other others another different new")

# Capitalised behind "I love", yet no title.
OTHER_NAMES = word_set(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april june july august september
    october november december christmas halloween easter netflix amazon disney hbo hulu apple imdb youtube hollywood
    bollywood pixar marvel ghibli oscar oscars english god mum mom dad
    """
)
