import { adapt } from "../../../model/methods/oplora.ts"
import type { Body } from "../../../pipeline/stage.ts"
import { train } from "../segment.ts"
import type { pretrain } from "../stage.ts"

export const body = (io: Body<typeof pretrain>): Promise<void> => train(adapt(io.config.method as never))(io)
