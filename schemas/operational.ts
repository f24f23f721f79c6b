/**
 * Settings that say where or how something is done, and never what comes out: a path, say, where the content of the file counts. To
 * the compiler they are of a type of their own, which no setting of a stage can be: so none gets into a key by mistake.
 */
import type * as z from "zod"

/** At run time the value itself. */
export declare class Operational<out T> {
  private readonly value: T
}

/** The same schema, of an operational setting. */
export const operational = <S extends z.ZodType>(
  schema: S
): z.ZodType<Operational<z.output<S>>, z.input<S>> => schema as never

/** The value of an operational setting, for whoever does what it says. */
export const plain = <T>(setting: Operational<T>): T => setting as never

/** Whether a type is operational, or holds one that is. */
export type HoldsOperational<T> = T extends Operational<unknown> ? true
  : T extends ReadonlyArray<infer Item> ? HoldsOperational<Item>
  : T extends object ? true extends { [K in keyof T]: HoldsOperational<T[K]> }[keyof T] ? true : false
  : false
