"""Words for moods: what somebody wants to feel, and the catalogue's own word for it."""

from __future__ import annotations

from .lexicon import Readings, readings_of

MOODS: Readings = readings_of("""
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
