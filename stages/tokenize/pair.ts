/** Two neighbouring ids as one number, ordered as the ids are: what merges are looked up by. */
const span = 2 ** 24

export const pairOf = (left: number, right: number): number => left * span + right
export const leftOf = (pair: number): number => Math.floor(pair / span)
export const rightOf = (pair: number): number => pair % span
