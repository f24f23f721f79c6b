/** Every method of training. To add one, add it here and in schemas/method.ts. */
import type { Method } from "../schemas/model.ts"
import type { Arm } from "../schemas/study.ts"
import type { Adaptation, Event, Parts } from "./adaptation.ts"
import * as cola from "./methods/cola.ts"
import * as droplora from "./methods/droplora.ts"
import * as dylora from "./methods/dylora.ts"
import * as fira from "./methods/fira.ts"
import * as fullRank from "./methods/full-rank.ts"
import * as galore from "./methods/galore.ts"
import * as loraSqueeze from "./methods/lora-squeeze.ts"
import * as lora from "./methods/lora.ts"
import * as loro from "./methods/loro.ts"
import * as lte from "./methods/lte.ts"
import * as muon from "./methods/muon.ts"
import * as oplora from "./methods/oplora.ts"
import * as periodicLora from "./methods/periodic-lora.ts"
import * as relora from "./methods/relora.ts"
import * as reslora from "./methods/reslora.ts"
import * as sdLora from "./methods/sd-lora.ts"
import * as sltrain from "./methods/sltrain.ts"
import * as sora from "./methods/sora.ts"
import * as srlora from "./methods/srlora.ts"
import * as subspaceMuon from "./methods/subspace-muon.ts"
import * as switchlora from "./methods/switchlora.ts"
import type { TrainingState } from "./state.ts"

type Kind = Method["kind"]

/** What the file of a method in methods/ gives. */
interface MethodModule<K extends Kind> {
  readonly adapt: (method: Extract<Method, { kind: K }>) => Adaptation
  /** `Adaptation.parts`, by what a checkpoint is told of the method alone. */
  readonly parts: (shown: never, state: TrainingState, name: string) => Parts
  /** What happens after the updates first+1 … last; nothing where left out. */
  readonly events?: (arm: Extract<Arm, { method: K }>, first: number, last: number) => ReadonlyArray<Event>
  /** Steps at which training is cut into segments, for tensors whose shapes change. */
  readonly cuts?: (arm: Extract<Arm, { method: K }>) => ReadonlyArray<number>
  /** Settings of the update ending at a step, where they change on the way. */
  readonly settingsAt?: (
    method: Extract<Method, { kind: K }>,
    arm: Extract<Arm, { method: K }>,
    step: number
  ) => Extract<Method, { kind: K }>
  /** Steps after which the schedule begins anew, counted from a step. */
  readonly period?: (arm: Extract<Arm, { method: K }>) => { readonly every: number; readonly from: number } | undefined
  /** Factor of the learning rate at scheduler step t, from 0. */
  readonly rateFactor?: (arm: Extract<Arm, { method: K }>, t: number) => number
}

const methods: { readonly [K in Kind]: MethodModule<K> } = {
  "full-rank": fullRank,
  lora,
  galore,
  fira,
  sltrain,
  loro,
  cola,
  lte,
  muon,
  switchlora,
  "lora-squeeze": loraSqueeze,
  "periodic-lora": periodicLora,
  droplora,
  sora,
  dylora,
  srlora,
  "sd-lora": sdLora,
  oplora,
  reslora,
  relora,
  "subspace-muon": subspaceMuon
}

const moduleOf = <K extends Kind>(kind: K): MethodModule<K> => methods[kind] as MethodModule<K>

/** The adaptation that a method's settings ask for. */
export const adaptation = (method: Method): Adaptation => moduleOf(method.kind).adapt(method as never)

/** What an arm's method does after the updates first+1 … last. */
export const eventsOf = (arm: Arm, first: number, last: number): ReadonlyArray<Event> =>
  moduleOf(arm.method).events?.(arm as never, first, last) ?? []

/** Steps at which an arm's training is cut into segments. */
export const cutsOf = (arm: Arm): ReadonlyArray<number> => moduleOf(arm.method).cuts?.(arm as never) ?? []

/** An arm's settings as they are at the update ending at a step. */
export const settingsAt = (method: Method, arm: Arm, step: number): Method =>
  moduleOf(arm.method).settingsAt?.(method as never, arm as never, step) ?? method

/** After how many steps an arm's schedule begins anew. */
export const periodOf = (arm: Arm) => moduleOf(arm.method).period?.(arm as never)

/** Factor that an arm's method puts to the learning rate at scheduler step t. */
export const rateFactor = (arm: Arm, t: number): number => moduleOf(arm.method).rateFactor?.(arm as never, t) ?? 1

/** A linear layer's weight in a state that a method trained. */
export const partsBy = (shown: { readonly kind: Kind }) => (state: TrainingState, name: string): Parts =>
  moduleOf(shown.kind).parts(shown as never, state, name)
