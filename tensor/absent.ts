/** An engine, or the provider on which it is to compute, that this machine lacks. */
export class EngineAbsent extends Error {
  override readonly name = "EngineAbsent"
  /** What is absent or fails. */
  readonly reason: string
  /** How to get it. */
  readonly remedy: string

  constructor(engine: string, reason: string, remedy: string, options?: ErrorOptions) {
    super(`engine ${engine} does not work here: ${reason}. To get it: ${remedy}; or take another engine`, options)
    this.reason = reason
    this.remedy = remedy
  }
}
