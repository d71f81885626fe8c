"""Words that say nothing about titles: a name made of them is everyday language too.

Two lists for English, by how a word is used; what a large catalogue shows by itself is counted there
(:attr:`TitleIndex.common`).
"""

from __future__ import annotations

from .text import FUNCTION_WORDS, word_set

# What conversation is made of, in small letters never a title by itself: pronouns, verbs, judgements, times, manners,
# and the words for the things talked about.
TALK_WORDS = FUNCTION_WORDS | word_set(
    """
    able about above absolutely absurd accept accepted accepts accused across acting action actor actors actress
    actresses actual actually adaptation add added ads adult adults after afternoon again against ago agree agreed
    ahead alike all almost aloha alone along alot already alright also although always am amazed amazing american among
    and animated animation animations annoyed another answer any anybody anyhow anymore anyone anything anyway anyways
    anywhere apart apparently appreciate are arent around as ask asked asking ate atmosphere away awesome awful back
    bad based basic basically bc be beautiful became because become been before began begin behind being believe below
    besides best better between beyond big bigger biggest binge biopic bit bland board book books bored boring born
    both bother bought brand brilliant bring brings british broken brought brutal busy but buy by bye call called came
    can cannot cant care cartoon cartoons cast cause certain certainly chance change changed channel character
    characters check checked checking cheers cheesy chilling chinese choice choices choose chose cinema cinematography
    classic clear clever close colors com come comedic comedies comedy comes comfortable comic comics coming common
    completely concept considered continue cool corny correct costume costumes could couldnt couple course crazy creepy
    curious current currently cute dang darn day days deal dealing decent decide decided deep definitely depend depends
    despite dialog dialogue dialogues did didnt different directed director directors dislike do documentaries
    documentary does doesnt doing done dont doubt down drama dramas drawn dreadful drowning dude due dull dumb during
    each earlier early easily easy effects eight eighth either else em end ended ending ends english enjoy enjoyable
    enjoyed enjoying enjoys enough entertaining entire entirely episode episodes era especially etc even evening ever
    every everybody everyone everything everywhere exact exactly excellent except excited exciting excuse expect
    expected expecting fabulous fair fairly fake familiar family famous fan fans fantastic far fascinating fast favor
    favorite favorites favourite featuring feel feeling feels felt few fi fiction fifth film films final finally find
    fine finish finished first five flick flicks focused focuses follow following follows for foreign forget forgot
    former forward found four fourth franchise freak free french fresh from full fun funny further future gave general
    generally genius genre genres german get gets getting give given gives giving glad go goes going gone gonna good
    goodbye gorgeous gory got gotcha gotta great greatest greeting greetings gripping guess guy guys had haha hahaha
    hahahaha half happen happened happy hard hardly has hasnt hate hated have havent having he hear heard heck hello
    help helped helpful helping helps hence her here heres hers hes hey hi high highly hilarious him himself hint his
    hit hmm hold honest honestly hope hopefully horrible horror hour hours how however hows huge humor humour hundred
    hysterical i id idea if ill im imagine important in including inconceivable incredible indeed independent indian
    info inside insight instead intense interest interested interesting interests into intriguing is isnt it italian
    its itself ive japanese job join joke jokes just keep keeps kept kid kidding kids kind kinda kinds knew know known
    knows korean lame large last lastly late lately later latest laugh laughed laughs leading learn least leave left
    less let lets light like liked likely likes liking line lines link list listed little live lived lives lmao loads
    lol long longer look looked looking looks lot lots love loved lovely loves loving low lyrics made main mainly major
    majority make makes making many marathon marvelous matter may maybe me mean means meant meanwhile meet memorable
    mention mentioned mentions merry might million mind mine minute minutes miss missed moment month months mood moods
    more moreover morning most mostly move movie movies moving much music must my myself mysteries name named names
    near nearly need needed needs neither never new newer newest next nice night nights nine ninth no nobody none nope
    nor normal normally not note nothing novel novels now nowadays number of off often oh ok okay old older oldest on
    once one ones only onto open opinion options or original originally other others otherwise our ours ourselves out
    outstanding over overall overrated own pacing part particular particularly parts past patience perfect perfectly
    performance performances perhaps person personal personally phenomenal pick picked pics place play played playing
    plays please pleased plenty plot plots plus point popular portrayed portrays possible possibly powerful predictable
    prefer preference preferences preferred prequel pretty preview previews probably problem provide put question
    questions quick quickly quite random rate rated rather rating read reading ready real realistic really reason rec
    recall recent recently recommend recommendation recommendations recommended recommending recs regardless released
    remake remember remind reminded reminds rest reviews revolves rewatch ridiculous right rip rom romance romantic
    romcom saga said sake same saw say saying says scare scared scares scary scene scenes school sci scifi script
    search second see seeing seem seemed seems seen send sense sent sequel sequels series serious seriously service set
    seven seventh several shall share she shocked shoot short shorter should shouldnt show showed showing shows side
    silly similar similarly simple simply since single sit six sixth slasher slightly slow small smart so sold solid
    some somebody somehow someone something sometime sometimes somewhat somewhere song songs soon sorry sort sorts
    sound sounded sounds soundtrack spanish sparks speaking special spectacular spoiler spoilers spooky star starred
    starring stars start started starting starts stay stellar still stop store stories story storyline storylines
    straight strange stream streaming strong stuff stupid style subtitles such suggest suggested suggestion suggestions
    summary super superb supper suppose supposed sure surely suspense suspenseful sweet switch take taken takes taking
    talk talked talking talks tell telling tells ten tenth terrible terrific than thank thankful thanks that thats the
    theater theaters theatre theatres their theirs them theme themes themselves then there therefore theres these they
    theyre thing things think thinking thinks third this those though thought thoughts thousand three thriller
    thrillers thrilling through throughout time times title titled titles to today together told tomorrow tone tonight
    too took top total totally touch touching tough towards trailer trailers tried trilogy true truly try trying turn
    turned turns tv twice twist twists two type types typical u ugh um unbelievable under underrated understand
    unfortunately unless until up upcoming upon ur us use used useful using usual usually version very via vibe vibes
    view viewed viewing visuals wait waited waiting want wanted wanting wants was wasnt watch watched watcher watches
    watching way ways we week weekend weekends weeks weird welcome well went were werent weve what whatever whats when
    whenever where wherever whether which while who whoever whole whom whose why wife will wish with within without
    witty won wonder wonderful wondering wont word words work worked working works worry worse worst worth worthy would
    wouldnt wow wrong x y yeah year years yep yes yesterday yet you youll young younger your youre yours yourself youve
    yup
    """
)
# Nouns and the like that stand in any conversation, besides one-word titles of well-known films.
EVERYDAY_WORDS = TALK_WORDS | word_set(
    """
    abstraction abyss accident actor address adventure adventures afternoon age agent air airplane airport alien aliens
    amateur america american amy angel angels anger animal animals ants apartment apocalypse apologies apology apple
    area arm arms army arrival arrow art artist astronaut astronauts attack attention attraction aunt author avatar
    avenger avengers babe baby background bag bags ball band bank bar bare base baseball basement basket bath battle
    beach bear beard beast beat beautiful beauty bed bedroom beer belief bell belle beloved bench big bill bird birds
    birth birthday bite black blade blanket blast blind blood bloody bloom blue board boat bodies body bomb bone book
    books boot boss bottle bottom bowl box boy boyfriend boys brain branch bread break breakfast breaking breath brick
    bride bridge bright brink british brother brothers brown bubble budget building bullet bunch bureau burn burning
    bus business butter button cabin cage cake camera camp campus cancer candy canvas capital captain car card cards
    career carol carpet cars cartoon cartoons case castle cat catch category cats cave celebration cell cellar cells
    center central century ceremony chain chair champion chaos chapter charge chart chase cheap cheese chef chess chest
    chicken child childhood children chocolate choir christmas church cigarette circle circus cities city class
    classmates clerks clever cliff clock closer clothes clothing cloud clown clowns club clueless coach coast coffee
    coin cold collection college color colors comfort comic comics command commitment companies company competition
    complex computer concept concert connection conscience consider content contest control conversation cook cooking
    cop cops copy corner cost costumes cottage couch counter countries country courage court cousin cover cow cowboy
    cowboys cradle crash cream created creature creatures crew cried crime criminal criminals crisis critics cross
    crossing crow crowd crown cruel cruise cry crying culture cup cure curse curtain curve custom cut cute dad daddy
    damn dance dancer dancing danger dangerous dark darkness date daughter daughters dave dawn dead deadly dealer dear
    death debt decade decision deck delay deliver den departed depth desert desire destiny destroy destruction detail
    details detective detectives device devil diamond diary dice died diet difference difficult dignity diner dinner
    dinosaurs dirty disaster disco discover discovery disease disguise disney district dive divorce doctor doctors dog
    dogs doll dollar dolls dome door doors dose double downhill dozen draft drag dragon dragons dream dreams dress
    drink drinking drive driver driving drop drug drugs drum drunk duel duke dust duty dwarf dying eagle earth east
    easter eat eating echo eclipse edge education effect effects eight elbow elected election elements elephant
    elevator elf ember emotion emotional emotions empathy empire empty enemies enemy energy engaged english enigma envy
    epic error escape estate event events everyday evidence evil evolution exam example excalibur exile exit exorcist
    expectations experience experiment explain express extra extraordinary extreme eye eyes fable face faces fact
    factory facts failed failure fairy faith fall fallen falling falls fame families fantasia fantasy farm fashion fat
    fate father fathers favour fear feast feature features feet female fence fences ferry festival fever fiddle field
    fight fighter fighting fights finger fire firm fish fishing fit five flag flame flashback flat flesh flight flock
    flood floor flower flowers fly flying focus fog folk food fool foot footage football force foreign forest forever
    forge fork form format fortress fortune forty fountain four fox frame fraud freedom french frequency friend
    friendly friends friendship fright frog front frozen fruit fugitive funeral fur game games gang gangster gangsters
    garage garden gas gate gathering gaze gear gem gems generation generous genius gentle gentleman german ghost ghosts
    giant giants gift girl girlfriend girls glass glimpse glory glove gnome gnomes goal goat god gods gold golden
    gossip gothic government grace graduate grail grain grand grandfather grandmother grandparents graph graphic grass
    grave grease green grey grief grip ground group groups grow growing grown guard guest guide guilt gun guns gym
    habit hail hair halo hammer hand handle hands handsome hang hangover happening happiness harbor harmony harvest hat
    haunted haven hawk haze head heads health hearing heart hearts heat heaven heavy heist hell henry herd hero heroes
    hidden hide hill hint history hit hits holiday holidays home hometown honey honor hood hook horizon horn horse
    hospital host hostage hot hotel house household houses huge human humanity humor hunch hundred hunger hunt hunter
    hunting hurt husband ice identity illusion image imagination impact imposter impressed impulse income incredibles
    independence indian individual information ink inn inner insane insanity insider inspiration instance instinct
    institute intense interview invisible iron island issue ivory jack jacket jail jam jar jaws jelly jewel joe join
    joke joker jokes journal journey joy judge jump jungle juno jury justice kept key kick kidnapped kill killed killer
    killing killings kin king kingdom kings kiss kitchen kite knife knight knock knot lad ladies lady lake lamp land
    lane language lantern laser lasting laughing laughter law laws lawyer lead leader leaf league leak leap leather led
    leg legacy legend legends legs leisure lesson letter letters level levels liar liberty library lie lies life lift
    lightning limit lion lions lips listen living load loaded lobby local lock locked log lonely loop lord lose losing
    loss lost loud lovable lover lovers loyalty luck lucky lunch lung machine mad madness mafia magic magical magnolia
    maid mail maker male mall man manhattan mania manner map march mark market marriage married martial mask mass
    master match material math maze meadow meal meaning meat media medicine meeting member members memento memories
    memory men mental mercury mercy merit mess message metal middle midnight military milk mill million minds mirror
    mirrors mission mistake mister mix mob model modern mom money monk monkey monkeys monster monsters moon moonlight
    moral motel mother mothers motion motor mount mountain mountains mouse mouth mr mrs mud mule multiple mum mummy
    murder murders muscle museum mushy music musical musicals mustang mysteries mysterious mystery myth nail naked
    narrator nation national natural nature navy nearby neck needle negative negotiator neighbor neighborhood neighbors
    nerve nervous nest network news nick nightmare nine ninjas noise nonsense noon north northern nose notebook novel
    nuclear nuns nurse oath object obsessed obsession ocean odd offer offers office officer officers official oil omen
    onion opera opportunity opposite orchid order ordinary organized orphan orphanage outbreak outcast outdoor outfit
    outlaw outside oven owner oxygen pack page pages paid pain paint painting pair palace pandas panic paper parade
    paradise parasite pardon parent parenthood parents park parks parrot party pass passed passengers passing passion
    patch path patient patriot pattern pawn pay payback peace pearl pen people performance performances period person
    persona pet petal phase phone photo photos physical piano picture pictures piece pieces pigeon pillow pilot pine
    pink pirate pirates pit pizza plague plain plan plane planet plans plate platform platoon player players playground
    plays plea pleasure pledge plots pocket poem poet poetry poison police political politics pond pool poor pop
    popcorn pope portrait position positive post potential pound power powerful powers practice predator pregnant
    present president press pressure prestige prey price pride prime prince princess principal prison private prize
    process producer product production professional professor program project promise promised proof property prophet
    protect proud psycho public pull punch puppet puppy pure purple purpose push puzzle quarter queen quest quiet quit
    quiz quote rabbit race radio rage raid rain rainbow rainy raise rally ran ranch range rare rat rating raven ray
    razor reaction reality realized rear reason rebel reckoning record recording recovery red reflection refuge region
    regular relationship relationships relax release released relief religion religious remains remedy remote rent
    report republic required rescue research respect response rest restaurant result results return returned revelation
    revenge review rhythm rich ride rider riding rifle ring riot rise rises risk ritual rival river road roar robbery
    robe robin robot robots rock rocket rocks role roles roll room roommate rooms root rope rose rough round royal ruin
    ruined rule rules rumor run running rush rust sacrifice sad saddle safe safety sail saint salt sanctuary sand
    satellite save saved saving scale scandal scar scared scent scholar school schools sci science score scout scream
    screaming screen script sea season seasons seat secret secrets section security seed select selection self sell
    senior sensitive separate serial servant serve service setting settle seven seventh sex sexual sexy shade shadow
    shadows shame shape shark sharks sharp sheep shelter sheriff shield shift shining ship shirt shock shocked shocking
    shoe shoes shoot shooting shop shopping shore shot shots shoulder shower shrine shut shy siblings sick siege sight
    sign signs silence silent silly silver sin sing singer singing sir sister sisters site situation six size skeleton
    skill skills skin skip skull sky slapstick slasher slave sleep sleeper sleeping sleigh slice smart smell smile
    smoke smooth smuggler snake sneakers snow soap soccer social society socks soft soldier soldiers solid solo
    solution son song songs sons sorceress sorrow soul source south southern space spark speak species speech speed
    spell spend spent sphere spider spies spin spiral spirit spirits splash spoiler spoilers sponge spoon sport sports
    spot spring spy squad square stable stage stages stain stalker stamp stand standing stands standup stargate starman
    state states station statue steal steam step steps stew stick sting stitch stolen stomach stone storm stranger
    strangers street streets strength stress strike strip stripes struggle student students studio study stunning
    stupid subject subtitles success successful suffer sugar suit suitcase summer sun sunday sunny sunrise sunset
    sunshine superhero superheroes superman support surf surgeon surprise surprised surprises surprising surrender
    survival survive survivor survivors suspect suspicion swan sweat sweet swim swimming swingers switch sword system
    table tail taint tale talent talented tank tape target task taste tastes taxi tea teach teacher team tear tears
    tech technology teen teenager teenagers teens teeth television tempest temple tempted ten tension term test texas
    text theory thief thieves third thorn thousand thread threat three thrilling throat throne throw thrown thumb
    thunder ticket tickets tide tiger till timber tip tips tired toe toes tomb tone tongue tons tooth torn tornado
    torture tour tower town toxic toy toys trace track trade tradition traditional traffic trail trailing train trained
    training traitor transit trap trauma travel traveling treasure treat tree trees trial trick trigger trip triumph
    troll trophy trouble truck trust truth tune tunnel turtle tutor tv twelve twenty twilight twin twins twist twisted
    twister twists two tyrant ugly ultimate umbrella uncle underground unexpected unforgiven unhappy uniform union
    unique unit universe university unknown untouchables vacation valley value vampire vampires van vanity vast vault
    vehicle veil vendetta venom verdict vertigo vessel veteran victim victims victory video videos views vigilante
    village villain villains violence violent virgin virus vision visit visual visuals voice voices volume vote vow
    voyage wagon wake walk walked walking walks wall walls war warden warm warning warrior warriors wars wash wasp
    waste water wave waves wealth weapon weapons wear weather wedding weight west western westerns wet whale wheel whip
    whiskey whisper white widow wild wilderness wildlife willow win wind window windows wine wings winner winning
    winter winters wire wise wishes wit witch witches witness witnesses wizard wizards wolf wolves woman womans women
    wood woods wool world worlds worried wound wreck writer writing written xmas yard yarn yellow youth zero zodiac
    zombie zombies zone zoo
    """
)
