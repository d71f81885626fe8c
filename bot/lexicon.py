"""Words for attributes as data: what people say, and the catalogue's own word for it."""

from __future__ import annotations

from collections.abc import Mapping

from ..retrieval.text import FUNCTION_WORDS, word_set


def _phrases(table: str) -> dict[str, tuple[str, ...]]:
    """Read lines of the form "value, value: phrase, phrase" into phrase -> values."""
    found: dict[str, tuple[str, ...]] = {}
    for line in table.strip().splitlines():
        values, _, phrases = line.partition(":")
        for phrase in phrases.split(","):
            found[phrase.strip()] = tuple(value.strip() for value in values.split(","))
    return found


# Each value stands for itself too; a plural "s" is understood.
GENRES: Mapping[str, tuple[str, ...]] = _phrases("""
science fiction: science fiction, sci fi, scifi, sf, space opera, cyberpunk
romance, comedy: rom com, romcom, romantic comedy, romantic comedies, chick flick
romance: romance, love story, love stories, romantic drama, romantic film, romantic movie
comedy: comedy, comedies, comic film, comic movie, sitcom
comedy, drama: dramedy, dramedies, comedy drama
comedy, horror: horror comedy, horror comedies
comedy, action: action comedy, action comedies
animation: animation, animated, cartoon, pixar
thriller: thriller, psychological thriller
mystery: mystery, mysteries, whodunit, whodunnit, murder mystery, murder mysteries, detective story, detective stories
horror: horror, scary movie, scary film, horror movie, horror film, slasher, creature feature
biography: biography, biographies, biopic, biographical
documentary: documentary, documentaries, docs, mockumentary
family: kids, kid, children, family film, family movie, family friendly, family night, family viewing, whole family, \
my family, for kids, kids film, kids movie, childrens film, childrens movie
war: war, war film, war movie
history: history, historical, period piece, costume drama
film noir: film noir, noir
western: western, spaghetti western, cowboy film, cowboy movie
musical: musical
music: music film, music movie, concert film
sport: sport, sports film, sports movie
crime: crime, gangster film, gangster movie, mob movie, mob film
adventure: adventure, swashbuckler
action: action, action packed, shoot em up
fantasy: fantasy, fantasies, fairy tale film
drama: drama
""")

MOODS: Mapping[str, tuple[str, ...]] = _phrases("""
absurd: absurd, ridiculous, silly, goofy, wacky
bittersweet: bittersweet
bleak: bleak, grim, hopeless
charming: charming, sweet, cute
cosy: cosy, cozy, comforting, comfort, snug
dark: dark, darker
disturbing: disturbing, unsettling, messed up
dreamlike: dreamlike, dreamy, surreal, trippy
eerie: eerie, creepy, spooky, uncanny
epic: epic, sweeping, grand
exciting: exciting, thrilling, fast paced, action packed, adrenaline, exhilarating
feel-good: feel good, feelgood, cheerful, happy, happier, light, lighter, lighthearted, light hearted, easy going, \
easygoing, cheer me up, cheers me up, cheering
funny: funny, funnier, hilarious, laugh, laughs, comedic, humorous, amusing, makes me laugh, make me laugh
gritty: gritty, raw
heartwarming: heartwarming, heart warming, wholesome
hopeful: hopeful, optimistic
intense: intense, powerful
melancholic: melancholic, melancholy, wistful
moving: moving, touching, emotional, poignant
nostalgic: nostalgic, nostalgia
playful: playful
quirky: quirky, offbeat, weird, weirder, strange, oddball, eccentric
romantic: romantic
sad: sad, sadder, tearjerker, tear jerker, weepy, weepie, depressing, heartbreaking, makes me cry, make me cry, tragic
satirical: satirical, satire
scary: scary, scarier, frightening, terrifying, jump scares
sexy: sexy, sexier, steamy, erotic, sensual
shocking: shocking
slow-burning: slow burning, slow burn, slow, slower, slow paced, slowburn, meditative
stylish: stylish, visually stunning, slick
suspenseful: suspenseful, suspense, tense, gripping, nail biting, edge of my seat, edge of your seat, nerve wracking
tender: tender, gentle
thought-provoking: thought provoking, mind bending, mindbending, clever, smart, intelligent, cerebral, profound, deep
uplifting: uplifting, inspiring, inspirational, life affirming
violent: violent, violence, gory, gore, bloody, brutal
whimsical: whimsical
witty: witty, wittier, wit
""")

# Adjective or other name -> country of the catalogue; adjectives that are a language are found as languages first.
COUNTRIES: Mapping[str, tuple[str, ...]] = _phrases("""
United States: american, usa, america, the states, united states
United Kingdom: british, uk, britain, england, scottish, welsh
South Korea: korea, south korean, korean
Japan: japanese
China: chinese
Hong Kong: hongkong
India: indian, bollywood
Iran: iranian
Mexico: mexican
Brazil: brazilian
Argentina: argentine, argentinian
Australia: australian, aussie
Austria: austrian
Belgium: belgian
Canada: canadian
Chile: chilean
Ireland: irish
Israel: israeli
Egypt: egyptian
New Zealand: kiwi
Senegal: senegalese
Taiwan: taiwanese
Soviet Union: soviet, ussr
France: french
Germany: german
Italy: italian
Spain: spanish
Sweden: swedish
Denmark: danish
Norway: norwegian
Finland: finnish
Poland: polish
Russia: russian
Turkey: turkish
""")

DOMAINS: Mapping[str, tuple[str, ...]] = _phrases("""
film: film, movie, flick, films, movies, flicks
book: book, novel, books, novels
""")

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
    under again only ever never all around
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
