"""Parts of the world in words, and the countries of each: "scandinavian", "from Latin America".

Names of countries as catalogues write them; those that a catalogue lacks do no harm.
"""

from __future__ import annotations

from collections.abc import Mapping

_NORDIC = ("Sweden", "Norway", "Denmark", "Finland", "Iceland")
_BALTIC = ("Estonia", "Latvia", "Lithuania")
_BALKAN = (
    "Albania", "Bosnia and Herzegovina", "Bulgaria", "Croatia", "Greece", "Kosovo", "Montenegro", "North Macedonia",
    "Romania", "Serbia", "Slovenia", "Yugoslavia",
)  # fmt: skip
_EAST_EUROPEAN = (
    *_BALTIC, *(country for country in _BALKAN if country != "Greece"), "Belarus", "Czech Republic", "Czechia",
    "Czechoslovakia", "East Germany", "Hungary", "Moldova", "Poland", "Russia", "Slovakia", "Soviet Union", "Ukraine",
)  # fmt: skip
_WEST_EUROPEAN = (
    "Andorra", "Austria", "Belgium", "France", "Germany", "Ireland", "Italy", "Liechtenstein", "Luxembourg", "Malta",
    "Monaco", "Netherlands", "Portugal", "Spain", "Switzerland", "United Kingdom", "West Germany",
)  # fmt: skip
_CARIBBEAN = (
    "Antigua and Barbuda", "Bahamas", "Barbados", "Cuba", "Dominica", "Dominican Republic", "Grenada", "Guadeloupe",
    "Haiti", "Jamaica", "Martinique", "Puerto Rico", "Saint Kitts and Nevis", "Saint Lucia", "Trinidad and Tobago",
)  # fmt: skip
_SOUTH_AMERICAN = (
    "Argentina", "Bolivia", "Brazil", "Chile", "Colombia", "Ecuador", "Guyana", "Paraguay", "Peru", "Suriname",
    "Uruguay", "Venezuela",
)  # fmt: skip
_CENTRAL_AMERICAN = ("Belize", "Costa Rica", "El Salvador", "Guatemala", "Honduras", "Nicaragua", "Panama")
_LATIN = (*_SOUTH_AMERICAN, *_CENTRAL_AMERICAN, "Mexico", "Cuba", "Dominican Republic", "Puerto Rico")
_EAST_ASIAN = ("China", "Hong Kong", "Japan", "Macau", "Mongolia", "North Korea", "South Korea", "Taiwan")
_SOUTH_EAST_ASIAN = (
    "Brunei", "Cambodia", "East Timor", "Indonesia", "Laos", "Malaysia", "Myanmar", "Philippines", "Singapore",
    "Thailand", "Vietnam",
)  # fmt: skip
_SOUTH_ASIAN = ("Bangladesh", "Bhutan", "India", "Maldives", "Nepal", "Pakistan", "Sri Lanka")
_CENTRAL_ASIAN = ("Afghanistan", "Kazakhstan", "Kyrgyzstan", "Tajikistan", "Turkmenistan", "Uzbekistan")
_ARABIAN = (
    "Bahrain", "Iraq", "Jordan", "Kuwait", "Lebanon", "Oman", "Palestine", "Qatar", "Saudi Arabia", "Syria",
    "United Arab Emirates", "Yemen",
)  # fmt: skip
_NORTH_AFRICAN = ("Algeria", "Egypt", "Libya", "Morocco", "Sudan", "Tunisia")
_AFRICAN = (
    *_NORTH_AFRICAN, "Angola", "Benin", "Botswana", "Burkina Faso", "Burundi", "Cameroon", "Cape Verde",
    "Central African Republic", "Chad", "Democratic Republic of the Congo", "Congo", "Ivory Coast", "Côte d'Ivoire",
    "Djibouti", "Eritrea", "Ethiopia", "Gabon", "Gambia", "Ghana", "Guinea", "Guinea-Bissau", "Kenya", "Lesotho",
    "Liberia", "Madagascar", "Malawi", "Mali", "Mauritania", "Mauritius", "Mozambique", "Namibia", "Niger", "Nigeria",
    "Rwanda", "Senegal", "Sierra Leone", "Somalia", "South Africa", "South Sudan", "Swaziland", "Tanzania", "Togo",
    "Uganda", "Zambia", "Zimbabwe",
)  # fmt: skip
_MIDDLE_EASTERN = (*_ARABIAN, "Egypt", "Iran", "Israel", "Turkey")
_EUROPEAN = (*_NORDIC, *_WEST_EUROPEAN, *_EAST_EUROPEAN, "Greece", "Cyprus")

_NAMES: Mapping[str, tuple[str, ...]] = {
    "african, africa": _AFRICAN,
    "north african, north africa": _NORTH_AFRICAN,
    "west african, west africa, east african, east africa, sub saharan": tuple(
        country for country in _AFRICAN if country not in _NORTH_AFRICAN
    ),
    "nordic, the nordics, nordic countries": _NORDIC,
    "scandinavian, scandinavia, scandi": _NORDIC,
    "baltic, the baltics, baltic states": _BALTIC,
    "balkan, the balkans": _BALKAN,
    "european, europe, continental europe": _EUROPEAN,
    "eastern european, east european, eastern europe": _EAST_EUROPEAN,
    "western european, west european, western europe": (*_WEST_EUROPEAN, *_NORDIC),
    "latin american, latin america, latino": _LATIN,
    "south american, south america": _SOUTH_AMERICAN,
    "central american, central america": _CENTRAL_AMERICAN,
    "caribbean, the caribbean, west indian, west indies": _CARIBBEAN,
    "asian, asia": (*_EAST_ASIAN, *_SOUTH_EAST_ASIAN, *_SOUTH_ASIAN, *_CENTRAL_ASIAN, *_ARABIAN, "Iran", "Israel"),
    "east asian, east asia, far eastern, far east": _EAST_ASIAN,
    "southeast asian, southeast asia, south east asian, south east asia": _SOUTH_EAST_ASIAN,
    "south asian, south asia": _SOUTH_ASIAN,
    "middle eastern, middle east": _MIDDLE_EASTERN,
    "arab, arabian, arab world": (*_ARABIAN, *_NORTH_AFRICAN),
    "north american, north america": ("United States", "Canada", "Mexico"),
    "australasian, oceania": ("Australia", "New Zealand", "Fiji", "Papua New Guinea", "Samoa"),
}
REGIONS: Mapping[str, tuple[str, ...]] = {
    phrase: countries for names, countries in _NAMES.items() for phrase in names.split(", ")
}
# Those that are places: with "from" and "outside" they say where something comes from, with "in" where it is set.
_LAST_WORDS = frozenset(
    [
        "africa",
        "nordics",
        "countries",
        "scandinavia",
        "baltics",
        "states",
        "balkans",
        "europe",
        "america",
        "indies",
        "asia",
        "east",
        "world",
        "oceania",
    ]
)
PLACES = frozenset(phrase for phrase in REGIONS if phrase.split()[-1] in _LAST_WORDS) | {
    "the caribbean", "hollywood", "bollywood", "usa", "the us", "the usa", "united states", "the states", "america",
    "britain", "england", "uk", "korea", "united states of america",
}  # fmt: skip
