"""The phrase one joins with: four words that are easily said, heard and typed.

Mechanism: each word is drawn by chance from `WORDS`, 1,141 plain ones of three to eight letters. There are 1,141 to the
power of 4 phrases, 1.7 million million (40.6 bits). Guessed over the network, at the 50 tries a second that all
addresses together have (`attempts.PHRASES`), half of them take 537 years; one address, at one try in five seconds, has
no chance at all. Nobody guesses otherwise: the phrase is compared here, and leaves the server for its host and members.
"""

import hmac
import re
import secrets

COUNT = 4
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015_.,+]+")


def draw() -> str:
    """A new phrase, with spaces between its words."""
    return " ".join(secrets.choice(WORDS) for _ in range(COUNT))


def is_same(given: str, phrase: str) -> bool:
    """Whether what somebody typed is this phrase, in any case, with spaces, dashes or the like between the words; how
    long that takes says nothing of where they differ.
    """
    return hmac.compare_digest(_bare(given).encode("utf-8", "replace"), _bare(phrase).encode())


def _bare(text: str) -> str:
    return " ".join(_BETWEEN.split(text.casefold().strip(" -")))


_LIST = """
abacus accent acorn acre actor adobe agate airport alarm album alder algebra alley almond alphabet alpine amber
anchor angle ankle answer anthem antler apple apricot apron aquarium arbor arcade arch archer arena armor arrow
artist aspen asteroid atlas atom attic aurora autumn avenue avocado award axis azure badge badger bagel baker bakery
balcony ball ballet balloon bamboo banana bandana banjo banner bark barley barn basil basin basket bassoon batch
baton bay beach beacon bead beagle beaker beam bean bear beaver bed beetle bell bench berry bicycle birch bird
biscuit bison blanket blossom blue bluebell board boat bobcat bolt bonfire bongo bonnet book bookcase boot border
bottle boulder bow bowl box bracelet branch brass bread breeze brick bridge brigade brook broom brush bubble bucket
buckle buffalo bugle bundle button cabin cabinet cable cactus cadet calendar camel camera camp canal canary candle
canoe canvas canyon captain caramel caravan card cargo carnival carol carpet carrot cart cashew castle cattle cave
cavern cedar celery cello cement census center ceramic cereal chain chair chalk channel chapel chapter chariot charm
cheese cheetah cherry chess chestnut chicken chimney chisel choir chorus cider cinema cinnamon circle circus citrus
city clam clarinet clay cliff clock cloth cloud clover coast coat cobalt cobbler cocoa coconut coffee coin collar
comet compass concert condor cook copper coral cork corn cottage cotton couch counter coupon cousin cove coyote crab
cradle crane crater crayon cream creek cricket crocus crown crystal cube cucumber cup cupola curtain curve cushion
cycle cymbal cypress dahlia dairy daisy dance dancer dawn daylight decade decimal deck deer delta denim desert desk
diagram dial dialect diamond diary dinner discus diver dock dolphin dome donkey door doorbell dough dove dragon
drawer dream drizzle drum duck dune dusk dwarf eagle earth easel east echo eclipse eel eight elbow elder element
elephant elk elm ember emblem emerald empire encore engine envelope equator eraser estate evening exhibit express
fable fabric factory fairway falcon fan farm feather fence fennel fern ferry festival fiddle field fig finch fir
fire firefly flag flame flamingo flask flax fleet flint flock flower flute foam fog folder forest fork fort fortune
fossil fountain fox fragment frame freckle freight frog frost fruit fudge galaxy gallery galley garage garden
gardener garlic garnet gate gazelle gecko gem geyser giant ginger giraffe glacier glade glass glider globe glove
goat gold goose gorge grain grammar granite granola grape grass gravel gravy green griddle grove guava guitar gulf
gull guppy gymnast habitat hail hamlet hammer hammock hamster hand hangar harbor harmony harp harvest hat hawk hay
hazel headband heart hedge helium helmet herald herb hexagon hickory highway hill hinge history hobby holiday holly
homework honey honeybee hood hoof hook horizon horn horse hotel house hummus hurdle ice icicle igloo iguana image
inch indigo inn insect iris iron island ivory ivy jacket jade jaguar jar jasmine jay jeans jelly jewel jigsaw jockey
journal journey judo juice jungle juniper jupiter kale kayak kernel kettle key keyboard kilt kimono king kingdom
kitchen kite kitten kiwi knee koala label lace ladder ladle lagoon lake lamp lantern larch lark laser latch laundry
lava lawn leaf leather ledge legend lemon lemur lentil leopard letter lettuce level lever library lichen lilac lily
lime linen lion lizard llama loaf lobby lobster locket loft lotus lullaby lumber lunch lynx lyric macaw magnet
magnolia magpie mailbox mammoth manatee mandolin mango maple marathon marble marigold marina market marlin marsh
mask maze meadow medal medley melody melon menu meringue mesa metal meteor middle midnight milk mill mineral minnow
mint mirror mist mitten mocha molar monarch monday moon moonbeam moose morning mosaic moss motor motto mountain
mouse muffin mulberry mule mural museum mushroom music mustang mustard napkin narwhal nebula nectar needle nest
nettle newt nickel nickname night noble noodle north notebook novel nugget number nursery nutmeg oak oasis oatmeal
oboe ocean octagon octave octopus office olive omelet onion onyx opal opera orange orbit orchard orchid oregano
organ origami oriole osprey ostrich otter outpost oval oven owl oxygen oyster paddle paddock page pagoda paint
pajama palace palette palm pancake panda pansy panther papaya paper parade parcel park parrot parsley passage
passport pasta pastry patch path patio pattern pavilion peach peacock peak peanut pear pearl pebble pecan pelican
pendulum penguin pepper perch perfume petal petunia pheasant phoenix photo piano piccolo pickle picnic pigeon
pilgrim pillow pilot pine pinecone pink pinwheel pioneer pipe pirate pitcher pixel pizza planet plank plastic plate
plateau platinum platypus plaza plow plum plume pocket poem poet polar polka polygon pond pony popcorn poplar poppy
porch port portrait postage postcard potato pottery powder prairie pretzel primrose prism puddle puffin pulley
pumpkin puppet puppy purple purse puzzle pyramid quail quarry quarter quartz queen quest quill quilt quince quiz
quokka rabbit raccoon radar radio radish raft rail rain rainbow raindrop raisin ranch rapids raven ravine recipe red
reef reindeer resin rhino rhubarb ribbon rice ridge ring ripple river road robin robot rocket rodeo roof rooster
root rope rose rowboat ruby rudder rug ruler runway rust rye saddle saffron sage sail sailor salad salmon salsa salt
sand sandal sandbox sapling sapphire sardine satchel satin saturn sauce savanna scale scarf scholar school scissors
scooter scout screen scroll sculptor sea seahorse seal season seaweed seed sequoia sesame shadow shale shampoo
shamrock shark shawl shed sheep shelf shell shelter sheriff ship shirt shoe shore shovel shower shrimp shrub shutter
shuttle signal silk silo silver singer sink skate sketch ski sky skylark slate sled sleeve slipper slope sloth smile
smoke snail snow soap sock sofa solar sonata song sorbet soup south spade spaniel sparkle sparrow spatula spectrum
sphere sphinx spice spider spinach spiral sponge spoon spring sprout spruce square squash squid squirrel stable
stadium stair stallion stamp star starfish station statue steam steel stem stencil step stone storm story stove
straw stream street string studio sugar suitcase summer summit sun sunday sundial sunrise sunset surf surface
swallow swan sweater swing sycamore symbol syrup table tablet tadpole talent tango tape tapioca target tart tavern
tea teacup teapot teaspoon temple tempo tennis tent terrace textile theater theory thermos thicket thimble thistle
thread thunder thursday thyme ticket tide tiger tile timber timeline tin toast toboggan tomato topaz tornado
tortoise toucan towel tower town toy tractor traffic trail train trapeze treasure tree trellis triangle trolley
trombone trophy trout truck truffle trumpet trunk tuba tuesday tugboat tulip tuna tundra tunnel turban turkey turnip
turtle tweed twig twilight umbrella unicorn uniform universe upland upstream vacuum valley valve vanilla vase vault
vehicle velvet venus veranda vessel viaduct village vine vinegar viola violet violin visitor vitamin volcano volume
voyage waffle wagon wallet walnut walrus waltz warbler wasp water wave wax weasel weather weaver wedge weekend well
west wetland whale wheat wheel whisker whistle willow windmill window winter wizard wolf wombat wood woodland wool
workshop wren wrench wrist yacht yak yarn year yearbook yellow yoga yogurt yolk yonder zebra zephyr zero zinc zipper
zither zone zoo
"""
WORDS: tuple[str, ...] = tuple(re.findall(r"\w+", _LIST))
