/** Every method of training: what a study may write of it, and what numeric stages are told. To add one, add it here. */
import * as z from "zod"
import { Cola } from "./methods/cola.ts"
import { Droplora } from "./methods/droplora.ts"
import { Dylora } from "./methods/dylora.ts"
import { Fira } from "./methods/fira.ts"
import { FullRank } from "./methods/full-rank.ts"
import { Galore } from "./methods/galore.ts"
import { LoraSqueeze } from "./methods/lora-squeeze.ts"
import { Lora } from "./methods/lora.ts"
import { Loro } from "./methods/loro.ts"
import { Lte } from "./methods/lte.ts"
import { Muon } from "./methods/muon.ts"
import { Oplora } from "./methods/oplora.ts"
import { PeriodicLora } from "./methods/periodic-lora.ts"
import { Relora } from "./methods/relora.ts"
import { Reslora } from "./methods/reslora.ts"
import { SdLora } from "./methods/sd-lora.ts"
import { Sltrain } from "./methods/sltrain.ts"
import { Sora } from "./methods/sora.ts"
import { Srlora } from "./methods/srlora.ts"
import { SubspaceMuon } from "./methods/subspace-muon.ts"
import { Switchlora } from "./methods/switchlora.ts"

const declared = [
  FullRank,
  Lora,
  Relora,
  Galore,
  Fira,
  Sltrain,
  Loro,
  Cola,
  Lte,
  Muon,
  Switchlora,
  LoraSqueeze,
  PeriodicLora,
  Droplora,
  Sora,
  Dylora,
  SubspaceMuon,
  Srlora,
  SdLora,
  Oplora,
  Reslora
] as const

/** The settings of one part of every declaration. */
const each = <Part extends "arm" | "method" | "shown">(part: Part) => {
  type One = (typeof declared)[number][Part]
  return declared.map((one) => one[part]) as ReadonlyArray<One> as readonly [One, ...Array<One>]
}

/** One way of training; a study compares several. */
export const Arm = z.discriminatedUnion("method", each("arm"))
export type Arm = z.output<typeof Arm>

/** How the linear layers are trained: resolved settings of one method. */
export const Method = z.discriminatedUnion("kind", each("method"))
export type Method = z.output<typeof Method>

/** What of a method the weights that it trained cannot be read without. */
export const Shown = z.discriminatedUnion("kind", each("shown"))
export type Shown = z.output<typeof Shown>

/** Every method's name. */
export const kinds: ReadonlyArray<Method["kind"]> = declared.map(({ kind }) => kind)

/** When each setting of a method shows. */
export const declarationOf = (kind: Method["kind"]) => declared.find((one) => one.kind === kind)!.declaration

export { alphaAt, rankAt } from "./methods/declare.ts"
