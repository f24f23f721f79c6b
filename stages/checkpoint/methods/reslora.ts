import { parts } from "../../../model/methods/reslora.ts"
import type { Body } from "../../../pipeline/stage.ts"
import { take } from "../body.ts"
import type { checkpoint } from "../stage.ts"

export const body = (io: Body<typeof checkpoint>): Promise<void> =>
  take((state, name) => parts(io.config.method as never, state, name))(io)
