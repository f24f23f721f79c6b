/**
 * Hand-made lexicon of the generated suite: words that 19th-century fiction, the King James Bible and Shakespeare
 * all know, with the features that the paradigms need. An entry is one object wherever it is listed, so that drawing
 * it once in a sentence is drawing it once from every list.
 */

export type Gender = "masculine" | "feminine"
export type GrammaticalNumber = "singular" | "plural"

export interface Noun {
  readonly singular: string
  readonly plural: string
  /** Only where the word itself tells: king, queen; not servant. */
  readonly gender?: Gender
}

export interface Name {
  readonly name: string
  readonly gender: Gender
}

export interface Verb {
  readonly base: string
  readonly third: string
  readonly past: string
  readonly participle: string
  readonly progressive: string
}

const rows = (text: string): ReadonlyArray<ReadonlyArray<string>> =>
  text.split(",").map((row) => row.trim().split(/\s+/))

/** "man men, boy boys" as nouns. */
const nouns = (text: string, gender?: Gender): ReadonlyArray<Noun> =>
  rows(text).map(([singular, plural]) => ({
    singular: singular!,
    plural: plural ?? `${singular!}s`,
    ...(gender === undefined ? {} : { gender })
  }))

const names = (text: string, gender: Gender): ReadonlyArray<Name> =>
  text.trim().split(/\s+/).map((name) => ({ name, gender }))

/** The entries of `from` whose key form is listed, in the order listed. */
const pick = <A>(from: ReadonlyArray<A>, key: (entry: A) => string) => (text: string): ReadonlyArray<A> =>
  text.trim().split(/\s+/).map((word) => {
    const found = from.find((entry) => key(entry) === word)
    if (found === undefined) throw new Error(`the suite's lexicon has no entry ${word}`)
    return found
  })

// People. Nouns whose plural is irregular stand apart: some paradigms are about them.
const irregularMen = nouns("man men, gentleman gentlemen", "masculine")
const irregularWomen = nouns("woman women, wife wives", "feminine")
const irregularPersons = nouns("child children, thief thieves")
const regularMen = nouns("boy, king, lord, father, brother, son, husband, prince, lad", "masculine")
const regularWomen = nouns("girl, queen, lady ladies, mother, sister, daughter, widow", "feminine")
const regularPersons = nouns(
  "servant, friend, stranger, captain, sailor, priest, prophet, soldier, judge, doctor, poet, neighbour, " +
    "enemy enemies, companion, officer, messenger, shepherd, prisoner, merchant"
)

export const men = [...irregularMen, ...regularMen]
export const women = [...irregularWomen, ...regularWomen]
export const regularPeople = [...regularMen, ...regularWomen, ...regularPersons]
export const irregularPeople = [...irregularMen, ...irregularWomen, ...irregularPersons]
export const people = [...regularPeople, ...irregularPeople]

export const masculineNames = names(
  `John Peter David Paul James Edward Charles Robert Joseph Adam Moses Saul Jacob Abraham Samuel Daniel Solomon Isaac
   Walter Arthur Michael Henry William Philip Simon Frank Frederick`,
  "masculine"
)
export const feminineNames = names(
  `Mary Emma Jane Harriet Elizabeth Susan Anne Alice Elinor Marianne Lucy Louisa Henrietta Sarah Isabella Cecilia
   Margaret Barbara Rachel Esther Fanny Eve`,
  "feminine"
)

export const animals = nouns("lion, dog, horse, bird, lamb, goat, beast, whale")

/** What a hand can take. */
export const portables = nouns(
  "book, letter, stone, sword, key, cup, lamp, flower, coat, picture, basket, bell, hat, ring, crown, box boxes"
)
const places = nouns("house, garden, city cities, village, field, hill, mountain, river, tower, altar, castle")
const furnishings = nouns(
  "door, gate, window, wall, table, chair, bed, ship, boat, tree, rock, cloud, road, wheel, fire"
)
export const things = [...portables, ...places, ...furnishings]
const thing = pick(things, (noun) => noun.singular)
/** What a man may own, large or small: things that can be had in numbers. */
export const goods = [...portables, ...thing("house garden field ship boat table chair bed tree")]

const irregularThings = nouns("foot feet, tooth teeth, knife knives, leaf leaves")
const irregularAnimals = nouns("ox oxen, wolf wolves")
export { irregularAnimals, irregularThings }
/** Things that neither feel nor speak, not even by a figure of speech (a city may rejoice, a book may praise). */
export const inert = thing(
  `stone sword key cup lamp coat basket hat ring box field hill wall table chair bed rock road door window gate`
)

const dictionary: ReadonlyArray<Verb> = rows(`
  see sees saw seen seeing, know knows knew known knowing, love loves loved loved loving,
  hate hates hated hated hating, fear fears feared feared fearing, follow follows followed followed following,
  help helps helped helped helping, call calls called called calling, watch watches watched watched watching,
  serve serves served served serving, hear hears heard heard hearing, find finds found found finding,
  leave leaves left left leaving, meet meets met met meeting, praise praises praised praised praising,
  bless blesses blessed blessed blessing, visit visits visited visited visiting,
  teach teaches taught taught teaching, kill kills killed killed killing, strike strikes struck struck striking,
  touch touches touched touched touching, save saves saved saved saving,
  deceive deceives deceived deceived deceiving, comfort comforts comforted comforted comforting,
  admire admires admired admired admiring, forget forgets forgot forgotten forgetting,
  forgive forgives forgave forgiven forgiving, marry marries married married marrying,
  persuade persuades persuaded persuaded persuading, ask asks asked asked asking, thank thanks thanked thanked thanking,
  hurt hurts hurt hurt hurting, wound wounds wounded wounded wounding,
  take takes took taken taking, bring brings brought brought bringing, keep keeps kept kept keeping,
  carry carries carried carried carrying, lift lifts lifted lifted lifting,
  destroy destroys destroyed destroyed destroying, receive receives received received receiving,
  catch catches caught caught catching, hold holds held held holding, choose chooses chose chosen choosing,
  throw throws threw thrown throwing, wash washes washed washed washing, build builds built built building,
  steal steals stole stolen stealing, draw draws drew drawn drawing, give gives gave given giving,
  show shows showed shown showing, send sends sent sent sending, offer offers offered offered offering,
  promise promises promised promised promising, remember remembers remembered remembered remembering,
  write writes wrote written writing, sing sings sang sung singing, speak speaks spoke spoken speaking,
  eat eats ate eaten eating, drink drinks drank drunk drinking, wear wears wore worn wearing,
  tear tears tore torn tearing, drive drives drove driven driving, shake shakes shook shaken shaking,
  open opens opened opened opening, close closes closed closed closing, move moves moved moved moving,
  turn turns turned turned turning, stop stops stopped stopped stopping, change changes changed changed changing,
  burn burns burned burned burning, break breaks broke broken breaking, fill fills filled filled filling,
  sleep sleeps slept slept sleeping, smile smiles smiled smiled smiling, laugh laughs laughed laughed laughing,
  weep weeps wept wept weeping, tremble trembles trembled trembled trembling, sigh sighs sighed sighed sighing,
  wait waits waited waited waiting, die dies died died dying, arrive arrives arrived arrived arriving,
  vanish vanishes vanished vanished vanishing, disappear disappears disappeared disappeared disappearing,
  appear appears appeared appeared appearing, remain remains remained remained remaining,
  fall falls fell fallen falling, rise rises rose risen rising, go goes went gone going, come comes came come coming,
  run runs ran run running, walk walks walked walked walking, stand stands stood stood standing,
  sit sits sat sat sitting, grow grows grew grown growing, live lives lived lived living,
  please pleases pleased pleased pleasing, surprise surprises surprised surprised surprising,
  trouble troubles troubled troubled troubling, seem seems seemed seemed seeming,
  happen happens happened happened happening, begin begins began begun beginning, try tries tried tried trying,
  wish wishes wished wished wishing, want wants wanted wanted wanting, hope hopes hoped hoped hoping,
  refuse refuses refused refused refusing, learn learns learned learned learning,
  believe believes believed believed believing, suppose supposes supposed supposed supposing,
  imagine imagines imagined imagined imagining, expect expects expected expected expecting,
  declare declares declared declared declaring, understand understands understood understood understanding,
  force forces forced forced forcing, oblige obliges obliged obliged obliging, tell tells told told telling,
  beg begs begged begged begging, say says said said saying, think thinks thought thought thinking,
  discover discovers discovered discovered discovering, explain explains explained explained explaining,
  perceive perceives perceived perceived perceiving
`).map(([base, third, past, participle, progressive]) => ({
  base: base!,
  third: third!,
  past: past!,
  participle: participle!,
  progressive: progressive!
}))

/** Verbs by their base forms, in the order listed. */
export const verbs = pick(dictionary, (verb) => verb.base)

/** What people do to people. */
export const dealings = verbs(
  `see love hate fear follow help call watch serve hear find leave meet praise visit teach kill strike touch save
   deceive comfort admire forget`
)
/** What people do to things they can take. */
export const handlings = verbs(
  "see take find bring keep carry lift receive catch hold choose touch steal want admire remember"
)
/** Verbs that are no sentence without their object. */
export const strictlyTransitive = verbs("take bring find keep carry lift receive destroy admire")
/** Verbs that take no object and form no perfect with "be", not even in old books ("he was come"). */
export const unergative = verbs("sleep smile laugh tremble sigh weep die")

export const personAdjectives = [
  ..."good wise happy sad rich poor strong proud angry blind sick tired gentle silent faithful young old foolish".split(
    " "
  ),
  ..."honest wicked weak brave".split(" ")
]
export const thingAdjectives = "old new small large little black white red beautiful strange great green golden".split(
  " "
)

export const settings = [
  "in the garden",
  "in the house",
  "in the field",
  "in the street",
  "in the city",
  "in the village",
  "by the river",
  "by the door",
  "at the gate",
  "on the hill",
  "on the road",
  "under the tree",
  "near the wall",
  "before the altar"
]
export const times = [
  "in the morning",
  "in the evening",
  "at night",
  "that day",
  "at noon",
  "after supper",
  "before dinner"
]

export const reflexives: Readonly<Record<Gender, string>> = { masculine: "himself", feminine: "herself" }
export const other: Readonly<Record<Gender, Gender>> = { masculine: "feminine", feminine: "masculine" }
export const numbers: ReadonlyArray<GrammaticalNumber> = ["singular", "plural"]
export const genders: ReadonlyArray<Gender> = ["masculine", "feminine"]
