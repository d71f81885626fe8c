"""Names of people, places, days and companies which capitals make no title."""

from __future__ import annotations

from .text import word_set

# Capitals say nothing about these: first names, places and peoples, days and feasts.
CAPITALISED_WORDS = word_set(
    """
    aaron adam afghanistan africa african akira alan alaska albert alex alexander alfred alice allen amanda amber
    america american americans amy andrea andrew andy angela angeles angelina ann anna anne annie anthony antonio april
    arab argentina arizona arnold arthur ashley ashton asia asian august austin australia australian autumn baltimore
    barbara ben benjamin berlin bernard beth betty bill billy bob bobby bonnie boston brad brandon brazil brenda brian
    britain british brittany broadway brooklyn bruce bryan burt california cameron canada canadian caribbean carl carla
    carlos carol carolina caroline carrie cate catherine channing charles charlie chelsea chevy chicago chile china
    chinese chloe chris christian christina christine christmas christopher chuck cindy claire clara claude clint clive
    colin colombia colorado craig crystal cuba cynthia daisy dallas dalton dan daniel danny dave david dean debbie
    deborah december denise dennis denver denzel detroit diana diane diego don donald donna dorothy doug douglas dr
    drew dustin dutch dwayne earl easter ed eddie eddy edgar edith edward efron egypt elaine eleanor elena elijah
    elizabeth ella ellen emily emma england english eric erica erin ethan eugene europe european eva evan eve ewan
    february federico florence florida ford france frances francis francisco frank fred freddie french friday gary gene
    george georgia gerald gerard german germany gina gloria goldie gordon grace greece greek greg gregory greta
    guillermo halle halloween hank hannah hanukkah harold harrison harry harvey hawaii hayao heather helen henry holly
    hollywood houston howard hugh hugo ian ida idris india indian indiana ingmar iran iraq ireland irene irish isaac
    israel italian italy ivan jack jackie jackson jacob jake james jamie jan jane janet january japan japanese jasmine
    jason javier jay jean jeff jeffrey jennifer jenny jeremy jerry jersey jesse jessica jessie jet jewish jill jim
    jimmy joan joanna joe joel john johnny jon jonah jonathan jordan jose joseph josh joshua joyce jr juan jude judith
    judy julia julian julie july june justin kansas karen karl kate katherine kathryn kathy katie keira keith kelly ken
    kenneth kevin kim kimberly korea korean kristen kurt kyle larry las laura lauren laurie lawrence lee leo leon
    leonard leonardo leslie liam linda lisa liv liz logan lois london lori los louis louise lucas lucy luis luke lupita
    lynn madison maggie manhattan march marcus margaret maria marie marilyn mario martha martin marty marvin mary mason
    matt matthew maurice max megan mel melanie melissa memphis meryl mexican mexico miami michael michelle michigan
    miguel mike mila mindy minnesota monday monica montana morgan moscow mr mrs ms munich nancy nashville natalie
    nathan nebraska neil nevada nicholas nick nicolas nicole nigeria nina noah nora norman norway november octavia
    october ohio oliver olivia oregon orlando orleans orson oscar owen oxford pakistan pam pamela paris pat patricia
    patrick paul paula pedro peggy penelope penny peru pete peter phil philadelphia philip phillip pierce poland polish
    portugal quentin quinton rachel ralph ray raymond rebecca rebel reese richard rick ricky ridley rio rob robert
    roberto robin roger roma roman rome ron ronald rose roy russell russia russian ruth ryan sally salma sam samantha
    samuel san sandra sandy sara sarah saturday scarlett scotland scott scottish sean seattle seoul september seth
    shannon sharon sheila shelly shirley sigourney simon sofia sophia sophie spain spanish spencer spike spring sr st
    stan stanley stella stephanie stephen steve steven stewart stuart sue summer sunday susan suzanne sweden swedish
    sydney sylvester sylvia tara ted teresa terry texas thanksgiving thelma theodore theresa thomas thursday tim
    timothy tina tobey todd tokyo tom tommy tony toronto tracy travis tuesday turkey tyler uk usa utah valerie vanessa
    vegas vera veronica vicky victor victoria vienna vietnam viggo vince vincent viola virginia wales wallace walter
    wanda warren washington wayne wednesday wendy wes wesley whoopi william willie winston winter woody xmas york zac
    zach zachary zoe
    """
)
# Who makes, sells or shows things: "the new Disney movie" names none.
COMPANIES = word_set(
    """
    amazon apple dc disney dvd facebook google hbo hulu imdb instagram marvel mcu netflix nintendo oscars pixar redbox
    sony tv twitter vhs vod youtube
    """
)
