"""Words for attributes as data: what people say, and the catalogue's own word for it.

A phrase may stand in several lines of a table: it then has several readings, the likelier one first, and the domain
asked for decides ("historical" is history for a film and historical fiction for a book).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from ..retrieval.text import FUNCTION_WORDS, word_set

Readings = Mapping[str, tuple[tuple[str, ...], ...]]


def _phrases(table: str) -> Readings:
    """Read lines of the form "value, value: phrase, phrase" into phrase -> readings, each of one or more values."""
    found: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for line in table.strip().splitlines():
        values, _, phrases = line.partition(":")
        for phrase in phrases.split(","):
            found[phrase.strip()].append(tuple(value.strip() for value in values.split(",")))
    return {phrase: tuple(readings) for phrase, readings in found.items()}


# Each value stands for itself too; a plural "s" is understood.
GENRES: Readings = _phrases("""
science fiction: science fiction, sci fi, scifi, sf, space opera, cyberpunk
romance, comedy: rom com, romcom, romantic comedy, romantic comedies, chick flick, chick lit
romance: romance, love story, love stories, romantic drama, romantic film, romantic movie, romantic novel, \
romantic fiction, romance novel
comedy: comedy, comedies, screwball comedy, screwball comedies, comic film, comic movie, comic novel, sitcom
comedy, drama: dramedy, dramedies, comedy drama
comedy, horror: horror comedy, horror comedies
comedy, action: action comedy, action comedies
animation: animation, animated, cartoon, pixar
thriller: thriller, psychological thriller
mystery: mystery, mysteries, whodunit, whodunnit, whodunits, murder mystery, murder mysteries, detective story, \
detective stories, detective novel, detective fiction, crime and mystery
horror: horror, horrors, scary movie, scary film, scary book, horror movie, horror film, slasher, creature feature, \
ghost story, ghost stories
memoir: memoir, autobiography, autobiographies, autobiographical
biography: biography, biographies, biopic, biographical, life story, life stories, autobiography, autobiographies, \
autobiographical
non-fiction: non fiction, nonfiction
documentary: documentary, documentaries, docs, mockumentary, non fiction, nonfiction
fiction: fiction
children: kids, kid, children, childrens, childrens book, kids book, childrens story, childrens stories, kids story, \
picture book, picturebook, for kids, for children, family friendly, whole family, my family
family: kids, kid, children, childrens, family film, family movie, family friendly, family night, family viewing, \
whole family, my family, for kids, for children, kids film, kids movie, childrens film, childrens movie
young adult: young adult, ya, young adult fiction, ya fiction, teen fiction, teen novel, teen book
war: war, war film, war movie, war novel, war story, war stories
historical fiction: historical, historical fiction, historical novel, historical drama, period piece, costume drama
history: history, historical, period piece, costume drama, history book, historical drama
film noir: film noir, noir
crime: noir
western: western, spaghetti western, cowboy film, cowboy movie
musical: musical
music: music film, music movie, concert film
sport: sport, sports film, sports movie, sports book
true crime: true crime
crime: crime, gangster film, gangster movie, mob movie, mob film, crime fiction, crime novel, true crime
adventure: adventure, swashbuckler
action: action, action packed, shoot em up
fantasy: fantasy, fantasies, fairy tale film, high fantasy, epic fantasy, urban fantasy
drama: drama
graphic novel: graphic novel, graphic memoir, comics, comic book, manga, bande dessinee
short stories: short stories, short story, story collection, collection of stories, short fiction
poetry: poetry, poem, verse, book of poems, poetry collection
play: stage play, theatre play, theater play
self-help: self help, selfhelp, personal growth, self improvement
psychology: self help, selfhelp, personal growth, self improvement, psychology
science: popular science, pop science, popsci, science book, science writing
social science: sociology, anthropology, social science
philosophy: philosophy, philosophical
essays: essay, essay collection, collection of essays
mythology: mythology, mythological, greek myths, myths and legends
literary fiction: literary, literary fiction, literary novel
magical realism: magical realism, magic realism, magical realist, magic realist
dystopian: dystopia, dystopian
gothic: gothic
satire: satire, satirical novel
travel: travel writing, travelogue, travel book
nature: nature writing
food: cookbook, cookery book, food writing
classic: modern classic, modern classics
""")

# They ask for a genre and are only a part of it, so that to refuse them refuses no more than their own theme.
NARROWER = frozenset(
    """
    space opera, cyberpunk, chick flick, chick lit, sitcom, pixar, psychological thriller, whodunit, whodunnit,
    whodunits, murder mystery, murder mysteries, detective story, detective stories, detective novel,
    detective fiction, slasher, creature feature, ghost story, ghost stories, mockumentary, spaghetti western,
    concert film, gangster film, gangster movie, mob movie, mob film, swashbuckler, fairy tale film, high fantasy,
    epic fantasy, urban fantasy, manga, screwball comedy, screwball comedies, picture book, picturebook, teen fiction,
    graphic memoir, shoot em up, science writing, travel book, stage play
    """.replace("\n    ", " ")
    .strip()
    .split(", ")
)

MOODS: Readings = _phrases("""
absurd: absurd, ridiculous, silly, goofy, wacky, \
zany, madcap, bonkers, bizarre, nonsensical, slapstick, screwball, ludicrous, daft
bittersweet: bittersweet, \
sweet and sad, happy sad, wistful and funny
bleak: bleak, grim, hopeless, \
no hope, despairing, nihilistic, bleaker, hopelessness, harrowing
charming: charming, sweet, cute, \
delightful, lovable, adorable, endearing, sweeter
cosy: cosy, cozy, comforting, comfort, snug, \
cosier, cozier, comfort read, comfort watch, comfort film, comfort movie, warm, soothing, relaxing, calming, \
low stakes, warm and fuzzy, cosiness, coziness, curl up with, gentle and warm, like a hug
dark: dark, darker, \
darkest, sinister, macabre, pitch black
disturbing: disturbing, unsettling, messed up, \
unnerving, twisted, nightmarish, disquieting, unsettle, stomach churning, deeply uncomfortable
dreamlike: dreamlike, dreamy, surreal, trippy, \
hypnotic, psychedelic, hallucinatory, otherworldly, poetic, lyrical, ethereal, hallucinogenic
eerie: eerie, creepy, spooky, uncanny, \
creepier, haunting, atmospheric, ominous, moody, chilling, spine chilling, spine tingling, gives me the creeps, \
unearthly, ghostly
epic: epic, sweeping, grand, \
larger than life, monumental, sprawling, on a grand scale, spectacular
exciting: exciting, thrilling, fast paced, action packed, adrenaline, exhilarating, \
action filled, pulse pounding, heart pounding, high octane, breakneck, adrenaline fuelled, adrenaline fueled, \
non stop, page turner, page turning, pageturner, fast moving, rollicking, thrill ride, energetic, wild ride
feel-good: feel good, feelgood, cheerful, happy, happier, light, lighter, lighthearted, light hearted, easy going, \
easygoing, cheer me up, cheers me up, cheering, \
upbeat, feels good, sunny, makes me smile, make me smile, makes you smile, put a smile, pick me up, \
lift my mood, mood booster, easy watching, fun, joyful, joyous, jolly, merry, undemanding, breezy, turn my brain off, \
switch my brain off, fluffy, good vibes, warm feeling
funny: funny, funnier, hilarious, laugh, laughs, comedic, humorous, amusing, makes me laugh, make me laugh, \
laugh out loud, lol, makes you laugh, funniest, side splitting, belly laugh, a good laugh, a laugh, giggle, \
humour, humor, rib tickling, comical, gut busting, in stitches, crack me up, cracks me up
gritty: gritty, raw, \
grittier, hard boiled, hardboiled, down to earth, unflinching, realistic
heartwarming: heartwarming, heart warming, wholesome, \
warm hearted, warmhearted, warms the heart, restores my faith, restore my faith, faith in humanity, warm \
fuzzy, warm fuzzy feeling, big hearted, kind hearted, life-affirming, good natured
hopeful: hopeful, optimistic, \
hope, reassuring, positive, encouraging
intense: intense, powerful, \
visceral, gruelling, grueling, hard hitting, hard-hitting, relentless, overwhelming, emotionally draining, white \
knuckle
melancholic: melancholic, melancholy, wistful, \
wistfully sad, sombre, somber, pensive, autumnal, brooding, melancholia, contemplative, yearning
moving: moving, touching, emotional, poignant, \
tugs at the heartstrings, tug at the heartstrings, heart rending, heartfelt, gets you in the feels, in the \
feels, affecting, emotionally powerful, stirring
nostalgic: nostalgic, nostalgia, \
takes me back, bygone, old timey, retro
playful: playful, \
tongue in cheek, cheeky, mischievous, irreverent, light-footed
quirky: quirky, offbeat, weird, weirder, strange, oddball, eccentric, \
kooky, off the wall, unconventional, off kilter, peculiar, odd, unusual
romantic: romantic, \
swoony, lovey dovey, date night, date movie, love struck, swoon worthy, romance filled
sad: sad, sadder, tearjerker, tear jerker, weepy, weepie, depressing, heartbreaking, makes me cry, make me cry, \
tragic, \
cry my eyes out, cry, crying, good cry, sob, sobbing, bawl, weep, in tears, tears, three hanky, devastating, \
heart breaking, heartbreak, heart wrenching, gut wrenching, soul crushing, break my heart, breaks my heart, \
breaks your \
heart, heartbroken, makes you cry, make you cry, sadness, ugly cry, tragedy, saddest, rips my heart out, wreck me
satirical: satirical, satire, \
spoof, lampoon, biting, sardonic, skewers, send up
scary: scary, scarier, frightening, terrifying, jump scares, \
scare, scares, scare me, hair raising, horrifying, bone chilling, petrifying, scariest, nightmares, \
keeps me up at night, sleep with the lights on, spooks, terror, fright, hide behind the sofa
sexy: sexy, sexier, steamy, erotic, sensual, \
hot, sultry, raunchy, spicy, smutty, racy
shocking: shocking, \
jaw dropping, outrageous, provocative, transgressive, controversial
slow-burning: slow burning, slow burn, slow, slower, slow paced, slowburn, meditative, \
slow moving, unhurried, quiet, leisurely, languid, slow cinema, contemplative
stylish: stylish, visually stunning, slick, \
gorgeous, beautiful to look at, beautifully shot, good looking, eye candy, visually striking, gorgeously shot, \
visually beautiful, beautiful visuals, sleek, cool looking, visual feast, stunning visuals
suspenseful: suspenseful, suspense, tense, gripping, nail biting, edge of my seat, edge of your seat, nerve wracking, \
unputdownable, \
edge of the seat, edge of your seat, edge of my seat, on the edge, nail biter, tension, keeps me guessing, \
keep me guessing, keeps you guessing, cliffhanger, cant put down, cant put it down, couldnt put down, hooks me, \
cant breathe, hold my breath, nerve shredding, heart in mouth, white-knuckle, twisty, stressful, riveting, \
thrillingly tense, \
anxiety inducing, taut, propulsive
tender: tender, gentle, \
delicate, intimate, warm and gentle, soft, gentler, quiet and gentle, bittersweet and gentle
thought-provoking: thought provoking, mind bending, mindbending, clever, smart, intelligent, cerebral, profound, deep, \
philosophical, \
mind bender, mind blowing, makes me think, make me think, makes you think, brainy, intellectual, \
challenging, stimulating, thoughtful, insightful, thinky, cerebral, profound, mind expanding, food for thought, \
brain teaser, mess with my head, messes with my head, messes with your head, big ideas, mindfuck, head scratcher
uplifting: uplifting, inspiring, inspirational, life affirming, \
inspire, inspire me, rousing, triumphant, feel better, soul warming, motivational, motivating, empowering, \
lift my spirits, lifts the spirits, heartening
violent: violent, violence, gory, gore, bloody, brutal, \
bloodthirsty, gruesome, blood, bloodshed, blood and guts, splatter, ultraviolent, bloodbath, savage, torture
whimsical: whimsical, \
fanciful, magical, twee, fairytale like, storybook, enchanting
witty: witty, wittier, wit, \
clever dialogue, snappy, banter, sharp dialogue, repartee, wry, dry humour, dry humor, sarcastic, quick witted, droll
""")

# A line stands for whichever of its values the catalogue has.
THEMES: Readings = _phrases("""
based on a comic: comic book, comics, graphic novel, manga, comic book adaptation
based on a novel, based on a book: adaptation, adapted, adapted from, based on a book, based on a novel, from a book, \
book adaptation, novel adaptation, literary adaptation, adapted from a book, adapted from a novel, based on a novella
based on a true story: true story, true stories, real story, real events, true events, really happened, real life, \
based on real events, based on true events, based on a real story
based on a play: stage adaptation, adapted from a play
LGBT: lgbt, lgbtq, lgbtqia, queer, gay, lesbian, bisexual, transgender, trans, same sex, homosexuality, \
homosexual, sapphic
coming of age, growing up: bildungsroman, growing up, coming-of-age, adolescence, grow up
dystopia: dystopian, big brother
totalitarianism, dictatorship: totalitarian, dictator, authoritarian, authoritarian regime, police state
politics: political, politicians, politician, government
teenagers: teen movie, teen film, teenage, teens, teen, adolescent
high school: highschool, secondary school, prom
space: outer space, spaceship, spaceships, spacecraft, astronauts, deep space, in space
aliens: extraterrestrial, extraterrestrials, extra terrestrial, ufo, ufos, alien invasion, first contact
artificial intelligence: ai, artificial intelligence, thinking machines, sentient computer
robots: android, androids, cyborg, cyborgs, droid
time travel: time travelling, time traveller, time traveler, time machine, travel in time, back in time
time loop: time loops, same day over and over, relives the same day, groundhog day
friendship: best friends, buddies
female friendship: friendship between women, women friends, girlfriends
unlikely friendship: unlikely friends, odd couple
family: families, relatives, family life
family secrets: family secret
dysfunctional family: messed up family, screwed up family
marriage: married, married couple, husband and wife, spouses
wedding: weddings, getting married, bride
infidelity, adultery: cheating, affair, affairs, unfaithful, extramarital
divorce: divorced, splitting up, separation
breakup: break up, getting dumped
first love: young love, teenage love, puppy love
forbidden love: star crossed, impossible love, star crossed lovers
unrequited love: one sided love
love triangle: love triangles, menage a trois
small town: small towns, little town, provincial
village life: villages, rural life, village
revenge: vengeance, avenge, payback, avenging, vengeful
survival: surviving, survive, survivors, stranded, castaway, shipwreck, shipwrecked, castaways
murder: murders, killing, homicide
serial killer: serial killers, serial murderer
detective: detectives, sleuth, sleuths, private eye, private investigator, gumshoe, investigator
police: cop, cops, policeman, policemen, police officer
gangsters: gangster, mobster, mobsters, organised crime, organized crime
mafia: mob, mafiosi, cosa nostra
heist: heists, robbery, robberies, bank job, caper, burglary, big score
con artists: con man, con men, conman, conmen, swindler, swindlers, scam, scammers, grifters, con artist
prison: prisons, jail, prisoner, prisoners, behind bars, inmates, convict
courtroom: trial, trials, court case, courtrooms, jury
lawyers: lawyer, attorney, attorneys, barrister
spies: spy, espionage, secret agent, secret agents, secret service, cia, mi6
conspiracy: conspiracies, cover up, conspiracy theories
journalism: journalist, journalists, reporter, reporters, newspaper, newsroom, press
World War II: wwii, ww2, second world war, world war two, world war ii, world war 2
World War I: wwi, ww1, first world war, great war, world war one, world war i, trenches
Vietnam War: vietnam, vietnam war
Cold War: cold war, iron curtain, east berlin
Holocaust: holocaust, concentration camp, shoah, auschwitz
Nazis: nazi, nazis, third reich
soldiers: soldier, troops, infantry
war: wartime, warfare
religion: religious, church, priests, nuns, faith
memory: memories, remembering
identity: who am i, self identity
grief: grieving, loss, mourning, bereavement, losing someone, death of a loved one, dealing with loss, bereaved
death: dying, mortality
loneliness: lonely, lonely people, isolation, solitude
obsession: obsessed, obsessive
class: social class, rich and poor, upstairs downstairs, class struggle
class differences: rich and poor, across the class divide
poverty: poor people, the poor, destitute
wealth: rich people, the rich, super rich, the wealthy, billionaires, one percent
racism: racial, race relations, segregation, racial injustice
slavery: slaves, slave
colonialism: colonial, empire, postcolonial
immigration: immigrant, immigrants, migrants, migration, emigrants, refugees
magic: wizard, wizards, witchcraft, sorcery, sorcerer, sorcerers, magical powers, magicians
witches: witch, witchcraft
ghosts: ghost, spirits, haunting, ghost story, ghost stories, poltergeist
haunted house: haunted houses, haunted mansion
vampires: vampire, dracula
zombies: zombie, undead, living dead
monsters: monster, creature, creatures, creature feature, kaiju
superheroes: superhero, super hero, super heroes, marvel, comic book heroes
martial arts: kung fu, karate, wuxia, fight choreography
samurai: ronin, samurais
animals: animal, wildlife
talking animals: animals that talk
dogs: dog, puppy, puppies
cats: cat, kitten, kittens
childhood: as a child, being a child, child's eyes, eyes of a child
young children: preschoolers, for little ones
old age: elderly, ageing, growing old, getting old, pensioners, aging, old people
motherhood: being a mother
fatherhood: being a father
father and son: fathers and sons, dads and sons
mother and daughter: mothers and daughters, mums and daughters, moms and daughters
siblings: brothers and sisters, brother and sister
orphans: orphan, orphaned
found family: chosen family, families of choice
road trip: road trips, road movie, on the road, cross country, roadtrip, road film
Christmas: xmas, christmas, festive, holiday season, yuletide
New York: new york, nyc, manhattan, brooklyn
ocean: sea, the sea, at sea, seas, sailing, seafaring
mental illness: mental health, schizophrenia, bipolar, psychiatric
madness: insanity, losing their mind, going mad, descent into madness
depression: depressed
addiction: addicts, addict, substance abuse
drugs: drug, heroin, cocaine, drug dealers
alcoholism: alcoholic, drinking problem, alcoholics
filmmaking: making movies, making films, movie making, film making, behind the camera, movies about movies
writers: novelists, poets
theatre: theater, stage actors
art: painter, painters, artist, artists, paintings
rock music: rock band, rock stars, rock star, rock and roll, bands
jazz: jazz musicians
food: cooking, chef, chefs, restaurant, restaurants, foodie
cooking: chef, chefs, restaurant, restaurants, kitchen
feminism: feminist, women's rights, patriarchy
unreliable narrator: unreliable narration
plot twist: twist ending, big twist, twists
redemption: second chance, redeeming
second chances: second chance, starting over, fresh start
underdog: underdogs, against the odds
fish out of water: out of their element
culture clash: clash of cultures
undercover: undercover cop, infiltrate, infiltration
kidnapping: kidnapped, abduction, abducted
missing person: disappearance, missing girl, missing child, goes missing, vanished
amnesia: memory loss, lost memory
environment: climate change, ecology, ecological, environmental
nature: wilderness, the wild, outdoors
mountains: mountaineering, climbing, mountain climbing, everest
exploration: explorers, expedition, expeditions, polar
treasure hunt: treasure, treasure hunters
pirates: pirate
dinosaurs: dinosaur
dragons: dragon
post-apocalypse: post apocalyptic, postapocalyptic, after the apocalypse, wasteland, apocalyptic
end of the world: apocalypse, armageddon, doomsday
plague: pandemic, epidemic, virus outbreak
technology: tech, computers
scientists: scientist
mad scientist: mad scientists
hackers: hacking, hacker
slasher: slashers
parody: spoof, parodies, spoofs
remake: remakes
sequel: sequels
silent film: silent films, silent movie, silent movies, silents
stop motion: claymation, stop-motion, plasticine
anime: anime
Middle Ages: medieval, knights, mediaeval
ancient Rome: roman empire, gladiators, romans
ancient Greece: ancient greek world
Great Depression: depression era, dust bowl
American Civil War: us civil war
native Americans: native american, indigenous
suburbia: suburbs, suburban
work: workplace, office life, office
midlife crisis: mid life crisis
disability: disabled, wheelchair
suicide: suicidal
illness: terminally ill, terminal illness, cancer
royalty: royals, royal family, kings and queens, monarchy
aristocracy: aristocrats, high society, nobility
letters: epistolary
family saga: generations, multigenerational, multi generational
folklore: folk tales, myths
fairy tale, fairy tales: fairytale, fairytales, fairy-tale
boarding school: boarding schools
""")

# "For young kids" says for whom and what of: a genre by domain, and the theme.
YOUNG_KIDS = (
    "young kids", "young children", "little kids", "little children", "small children", "small kids", "toddlers",
    "for young kids", "for young children", "for little kids", "for little children", "for small children",
    "for toddlers",
)  # fmt: skip

# Adjective or other name -> country of the catalogue; adjectives that are a language are found as languages first.
COUNTRIES: Readings = _phrases("""
United States: american, hollywood, usa, the us, the usa, united states of america, america, the states, united states
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
Colombia: colombian
Czech Republic: czech
Greece: greek
Hungary: hungarian
Iceland: icelandic
Ireland: irish
Israel: israeli
Egypt: egyptian
Netherlands: dutch
New Zealand: kiwi
Nigeria: nigerian
Portugal: portuguese
Senegal: senegalese
South Africa: south african
Switzerland: swiss
Taiwan: taiwanese
Thailand: thai
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
Vietnam: vietnamese
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
