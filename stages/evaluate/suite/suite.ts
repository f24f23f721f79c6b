/** The generated suite: every paradigm, by phenomenon, in the alphabetical order of BLiMP's terms. */
import { anaphorAgreement } from "./anaphor-agreement.ts"
import { argumentStructure } from "./argument-structure.ts"
import { binding } from "./binding.ts"
import { controlRaising } from "./control-raising.ts"
import { determinerNounAgreement } from "./determiner-noun-agreement.ts"
import { ellipsis } from "./ellipsis.ts"
import { fillerGap } from "./filler-gap.ts"
import { irregularForms } from "./irregular-forms.ts"
import { islandEffects } from "./island-effects.ts"
import { npiLicensing } from "./npi-licensing.ts"
import type { Paradigm } from "./paradigm.ts"
import { quantifiers } from "./quantifiers.ts"
import { sSelection } from "./s-selection.ts"
import { subjectVerbAgreement } from "./subject-verb-agreement.ts"

export const paradigms: ReadonlyArray<Paradigm> = [
  ...anaphorAgreement,
  ...argumentStructure,
  ...binding,
  ...controlRaising,
  ...determinerNounAgreement,
  ...ellipsis,
  ...fillerGap,
  ...irregularForms,
  ...islandEffects,
  ...npiLicensing,
  ...quantifiers,
  ...sSelection,
  ...subjectVerbAgreement
]
