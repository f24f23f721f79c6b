/** The OV circuit of an attention layer, as pico-analyze defines it. */
import type { Matrix } from "./matrix.ts"

export interface Heads {
  /** Query heads. */
  readonly heads: number
  /** Key and value heads; each serves heads / kvHeads query heads that follow one another. */
  readonly kvHeads: number
}

/**
 * V·O of each query head, beside one another: (headWidth, heads·headWidth).
 *
 * Of head h, V is the headWidth rows of v_proj (kvHeads·headWidth, width) that belong to its key-value head, and O the
 * headWidth columns of o_proj (width, heads·headWidth) that belong to h. Their product is summed over the residual
 * width, which gives (headWidth, headWidth); the usual O·V of interpretability work, (width, width), has the same
 * trace but another spectrum. Kept for comparison with published figures (arXiv 2509.12960).
 */
export const ovCircuit = (v: Matrix, o: Matrix, { heads, kvHeads }: Heads): Matrix => {
  const headWidth = v.rows / kvHeads
  if (v.columns !== o.rows || o.columns !== heads * headWidth || !Number.isInteger(heads / kvHeads)) {
    throw new Error(
      `v_proj ${v.rows}x${v.columns} and o_proj ${o.rows}x${o.columns} do not fit ${heads} heads over ${kvHeads} ` +
        "key-value heads"
    )
  }
  const width = v.columns, columns = o.columns
  const values = new Float64Array(headWidth * columns)
  for (let head = 0; head < heads; head++) {
    const vTop = Math.floor(head * kvHeads / heads) * headWidth
    const left = head * headWidth
    for (let i = 0; i < headWidth; i++) {
      for (let k = 0; k < width; k++) {
        const factor = v.values[(vTop + i) * width + k]!
        for (let j = left; j < left + headWidth; j++) values[i * columns + j]! += factor * o.values[k * columns + j]!
      }
    }
  }
  return { rows: headWidth, columns, values }
}

/**
 * Change of the OV circuit when v_proj and o_proj change by dV and dO to V and O: OV(V, O) − OV(V − dV, O − dO),
 * written as dV·O + V·dO − dV·dO so that nothing large cancels.
 */
export const ovChange = (v: Matrix, o: Matrix, dV: Matrix, dO: Matrix, heads: Heads): Matrix => {
  const first = ovCircuit(dV, o, heads), second = ovCircuit(v, dO, heads), third = ovCircuit(dV, dO, heads)
  const values = Float64Array.from(first.values, (x, at) => x + second.values[at]! - third.values[at]!)
  return { ...first, values }
}
