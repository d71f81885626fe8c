"""Words for countries, and the catalogue's own name of each; wider parts of the world are in ``regions``."""

from __future__ import annotations

from .lexicon import Readings, readings_of

# Adjective or other name -> country of the catalogue; adjectives that are a language are found as languages first.
COUNTRIES: Readings = readings_of("""
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
