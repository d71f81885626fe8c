"""Words for themes: what something is about, and the catalogue's own words for it."""

from __future__ import annotations

from .lexicon import Readings, readings_of

# A line stands for whichever of its values the catalogue has.
THEMES: Readings = readings_of("""
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
