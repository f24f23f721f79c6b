/** Which engines can be tested on this machine, and why the others cannot. */
import type { Engine } from "../../tensor/engine.ts"
import { engine, engineNames } from "../../tensor/engines.ts"
import { Graph } from "../../tensor/graph.ts"

export interface Tested {
  readonly name: string
  readonly engine: Engine
}
export interface Untested {
  readonly name: string
  readonly reason: string
}

const attempt = async (name: string): Promise<Tested | Untested> => {
  try {
    const found = await engine(name)
    const graph = new Graph()
    const program = await found.compile(graph, { x: graph.exp(graph.input("x", [1])) }, { threads: 1 })
    await program.run({ x: Float32Array.of(0) })
    await program.dispose()
    return { name, engine: found }
  } catch (error) {
    return { name, reason: error instanceof Error ? error.message : String(error) }
  }
}

/** Every engine but the reference, which the others are held against. */
export const engines = async (): Promise<{ tested: ReadonlyArray<Tested>; untested: ReadonlyArray<Untested> }> => {
  const all: Array<Tested | Untested> = []
  for (const name of engineNames) if (name !== "reference") all.push(await attempt(name))
  return {
    tested: all.filter((one) => "engine" in one),
    untested: all.filter((one) => "reason" in one)
  }
}
