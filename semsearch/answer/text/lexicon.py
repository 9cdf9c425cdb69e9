"""English word lists for verifying answers. Other languages are compared by numbers and names only."""

from __future__ import annotations

__all__ = [
    "BREAKS", "CUES", "DENYING", "IRREGULAR", "MULTIPLES", "NUMBER_WORDS", "ONES", "OPENERS", "OPPOSITES", "ORDINALS",
    "PRONOUNS", "SCALES", "TENS", "UNITS",
]  # fmt: skip


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _counted(text: str, first: int = 0, step: int = 1) -> dict[str, float]:
    return {word: float(step * n) for n, word in enumerate(text.split(), first)}


PRONOUNS = _words("""
he she it they him her them his hers its their theirs this that these those who which we our us i my me you your
""")
OPENERS = _words("""
according although though however therefore moreover furthermore additionally also yes thus hence instead since despite
unlike like given based using first finally overall meanwhile similarly today later earlier many several some most every
another either neither within without among along around because unless whether whenever upon together still yet even
never always often usually sometimes
""")
"""Words that begin sentences and are not names."""

ONES = _counted("""
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen
""")
TENS = _counted("twenty thirty forty fifty sixty seventy eighty ninety", 2, 10)
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
ORDINALS = _counted("""
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
sixteenth seventeenth eighteenth nineteenth twentieth
""", 1) | {"thirtieth": 30.0, "fortieth": 40.0, "fiftieth": 50.0, "sixtieth": 60.0, "hundredth": 100.0}  # fmt: skip
MULTIPLES = {
    "half": 0.5, "halves": 0.5, "halved": 0.5, "quarter": 0.25, "quarters": 0.25, "twice": 2.0, "double": 2.0,
    "doubled": 2.0, "thrice": 3.0, "triple": 3.0, "tripled": 3.0, "dozen": 12.0,
}  # fmt: skip
NUMBER_WORDS = frozenset([*ONES, *TENS, *SCALES, *ORDINALS, *MULTIPLES])

_UNITS = """
% percent pct percentage
$ dollar dollars usd
€ euro euros eur
£ pound pounds gbp quid
¥ yen
kg kilogram kilograms kilo kilos
g gram grams gramme grammes
mg milligram milligrams
t tonne tonnes ton tons
oz ounce ounces
lb lbs
km kilometre kilometres kilometer kilometers
m metre metres meter meters
cm centimetre centimetres centimeter centimeters
mm millimetre millimetres millimeter millimeters
mi mile miles
ft foot feet
inch inches
yd yard yards
l litre litres liter liters
ml millilitre millilitres milliliter milliliters
gal gallon gallons
°c celsius
°f fahrenheit
° degree degrees
s sec secs seconds
min mins minute minutes
h hr hrs hour hours
day days
week weeks
month months
year years yr yrs
decade decades
century centuries
w watt watts
kw kilowatt kilowatts
mw megawatt megawatts
kwh
v volt volts
a amp amps ampere amperes
ah
hz
khz
mhz
ghz
bar
psi
kb
mb
gb
tb
mph
kmh
knots knot
ha hectare hectares
acre acres
ppm
rpm
"""
UNITS = {name: line.split()[0] for line in _UNITS.strip().splitlines() for name in line.split()}
"""Name of a unit -> its short form."""

CUES = _words(
    "not no never none nobody nothing nowhere neither nor without cannot hardly barely scarcely seldom rarely"
)
"""Words that negate what follows them; so does every `n't`."""
DENYING = ("fail", "lack", "unabl", "refus", "deni", "declin", "absenc", "absent", "avoid", "prevent")
"""Stems of words that negate what follows them."""
BREAKS = _words("but although though whereas while because however and which who that when if")
"""Words that end the scope of a negation."""

_OPPOSITES = """
increas decreas/increas reduc/rise fall/gain lose/higher lower/high low/highest lowest/more less/more fewer/most least
larger smaller/larg small/largest smallest/greater smaller/greater less/longer shorter/long short/longest shortest
older younger/oldest youngest/before after/above below/insid outsid/first last/earli late/earlier later/alway never
open close/start stop/begin end/win lose/allow forbid/allow prohibit/allow prevent/accept reject/support oppos
male femal
north south/northern southern/east west/eastern western/left right/minimum maximum/safe danger/possibl imposs/true fals
enabl disabl
includ exclud/same differ/posit negat/hot cold/warm cold/warmer colder/faster slower/fast slow/strong weak
stronger weaker/better wors/best worst/upper lower/husband wife/buy sell/success unsuccess/rich poor/heavier lighter
clockwis anticlockwis/legal illeg/guilti innoc/aliv dead/present absent/import export/top bottom/summer winter/wet dry
push pull/add remov/on off/promot inhibit/activ inact/activ inhibit
"""


def _pairs(text: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for pair in text.replace("\n", "/").strip("/").split("/"):
        one, other = pair.split()
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return found


OPPOSITES = _pairs(_OPPOSITES)
"""Stem -> stems of its opposites."""

_IRREGULAR = """
won:win lost:lose rose:rise risen:rise fell:fall fallen:fall gave:give given:give took:take taken:take made:make
became:become began:begin begun:begin built:build found:find held:hold kept:keep led:lead met:meet paid:pay ran:run
said:say saw:see seen:see sent:send told:tell thought:think went:go gone:go wrote:write written:write knew:know
known:know grew:grow grown:grow brought:bring bought:buy caught:catch chose:choose chosen:choose came:come drew:draw
drawn:draw drove:drive driven:drive ate:eat eaten:eat fought:fight flew:fly flown:fly heard:hear sold:sell spoke:speak
spoken:speak spent:spend stood:stand taught:teach understood:understand wore:wear worn:wear broke:break broken:break
shown:show threw:throw thrown:throw froze:freeze frozen:freeze children:child men:man women:woman
"""
IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR.split())
"""Irregular past forms and plurals, which stemmers do not handle."""
