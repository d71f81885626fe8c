"""Words for genres, and the catalogue's own word for each."""

from __future__ import annotations

from .lexicon import Readings, readings_of

# Each value stands for itself too; a plural "s" is understood.
GENRES: Readings = readings_of("""
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
