/** Whether an engine can be tested on this machine, and why not. */
import type { Engine } from "../../tensor/engine.ts"
import { engine } from "../../tensor/engines.ts"
import { Graph } from "../../tensor/graph.ts"

export const attempt = async (
  name: string
): Promise<{ readonly engine?: Engine; readonly reason?: string }> => {
  try {
    const found = await engine(name)
    const graph = new Graph()
    const program = await found.compile(graph, { x: graph.exp(graph.input("x", [1])) }, { threads: 1 })
    await program.run({ x: Float32Array.of(0) })
    await program.dispose()
    return { engine: found }
  } catch (error) {
    return { reason: error instanceof Error ? error.message : String(error) }
  }
}
