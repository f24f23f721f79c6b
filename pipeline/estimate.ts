/** What a study would cost on hardware that is described by its rates, whatever ran before. */
import type { Instance } from "./graph.ts"
import { memoryOf } from "./memory.ts"

/** Hardware, by what it could do a second. */
export interface Hardware {
  /** Floating-point operations a second at most. */
  readonly peak: number
  /** Bytes a second between processor and memory at most; absent where moving them is not to be counted. */
  readonly bandwidth?: number | undefined
  /** Share of both that a stage reaches, above 0 and at most 1. */
  readonly utilisation: number
}

/** Seconds of an instance; undefined where its work is not known. */
export const secondsOn = ({ bandwidth, peak, utilisation }: Hardware, { flops, traffic }: Instance) =>
  flops === 0 ? undefined : (flops / peak + (bandwidth === undefined ? 0 : traffic / bandwidth)) / utilisation

export interface Estimate {
  readonly instances: number
  readonly flops: number
  /** Bytes moved between processor and memory. */
  readonly traffic: number
  readonly seconds: number
  /** Bytes of outputs, of the instances that expect some. */
  readonly bytes: number
  /** Largest memory that one instance is expected to take, as this machine would run it. */
  readonly memory: number
}

const nothing: Estimate = { instances: 0, flops: 0, traffic: 0, seconds: 0, bytes: 0, memory: 0 }

/**
 * Estimates by groups, each of the instances whose ids differ in their last part only (a run's segments, say), and in all.
 * Instances of unknown work take no time in them.
 */
export const estimate = (
  instances: ReadonlyArray<Instance>,
  hardware: Hardware
): {
  readonly groups: ReadonlyMap<string, Estimate>
  readonly all: Estimate
  readonly unknown: ReadonlyArray<string>
} => {
  const groups = new Map<string, Estimate>()
  const unknown: Array<string> = []
  let all = nothing
  for (const instance of instances) {
    const seconds = secondsOn(hardware, instance)
    if (seconds === undefined) unknown.push(instance.id)
    const plus = (sum: Estimate): Estimate => ({
      instances: sum.instances + 1,
      flops: sum.flops + instance.flops,
      traffic: sum.traffic + instance.traffic,
      seconds: sum.seconds + (seconds ?? 0),
      bytes: sum.bytes + (instance.size ?? 0),
      memory: Math.max(sum.memory, memoryOf(instance))
    })
    all = plus(all)
    if (seconds === undefined && instance.size === undefined) continue
    const group = instance.id.split("/").slice(0, -1).join("/") || instance.id
    groups.set(group, plus(groups.get(group) ?? nothing))
  }
  return { groups, all, unknown }
}
