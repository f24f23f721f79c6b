/** What is kept of the reference's runs for tests that have no PyTorch: test/fixtures/fidelity.json. */

/** A tensor by its norm and some entries, evenly spread. */
export interface Sample {
  readonly norm: number
  readonly entries: ReadonlyArray<number>
}

/** By case and arm. */
export type Golden = Record<string, {
  /** SHA-256 of what the reference was given. */
  readonly inputs: string
  /** What computed it. */
  readonly reference: string
  readonly losses: ReadonlyArray<number>
  readonly gradientNorms: ReadonlyArray<number>
  /** Of the first step. */
  readonly gradients: Readonly<Record<string, Sample>>
  /** After the last step. */
  readonly state: Readonly<Record<string, Sample>>
}>

const kept = 6

export const sampled = (data: ArrayLike<number>): Sample => {
  let squares = 0
  for (let i = 0; i < data.length; i++) squares += data[i]! ** 2
  const entries = Array.from({ length: kept }, (_, i) => data[Math.floor((i + 0.5) * data.length / kept)]!)
  return { norm: Number(Math.sqrt(squares).toPrecision(8)), entries: entries.map((x) => Number(x.toPrecision(8))) }
}
