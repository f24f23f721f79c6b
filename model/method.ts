/** Every method of training. To add one, add it here and in schemas/method.ts. */
import type { Method } from "../schemas/model.ts"
import type { Arm } from "../schemas/study.ts"
import type { Adaptation, Event, Parts } from "./adaptation.ts"
import * as fullRank from "./methods/full-rank.ts"
import * as lora from "./methods/lora.ts"
import * as relora from "./methods/relora.ts"
import type { TrainingState } from "./state.ts"

type Kind = Method["kind"]

/** What the file of a method in methods/ gives. */
interface MethodModule<K extends Kind> {
  readonly adapt: (method: Extract<Method, { kind: K }>) => Adaptation
  /** `Adaptation.parts`, by what a checkpoint is told of the method alone. */
  readonly parts: (shown: never, state: TrainingState, name: string) => Parts
  /** What happens after the updates first+1 … last; nothing where left out. */
  readonly events?: (arm: Extract<Arm, { method: K }>, first: number, last: number) => ReadonlyArray<Event>
}

const methods: { readonly [K in Kind]: MethodModule<K> } = {
  "full-rank": fullRank,
  lora,
  relora
}

const moduleOf = <K extends Kind>(kind: K): MethodModule<K> => methods[kind] as MethodModule<K>

/** The adaptation that a method's settings ask for. */
export const adaptation = (method: Method): Adaptation => moduleOf(method.kind).adapt(method as never)

/** What an arm's method does after the updates first+1 … last. */
export const eventsOf = (arm: Arm, first: number, last: number): ReadonlyArray<Event> =>
  moduleOf(arm.method).events?.(arm as never, first, last) ?? []

/** A linear layer's weight in a state that a method trained. */
export const partsBy = (shown: { readonly kind: Kind }) => (state: TrainingState, name: string): Parts =>
  moduleOf(shown.kind).parts(shown as never, state, name)
