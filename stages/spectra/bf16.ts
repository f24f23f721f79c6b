/** Rounding to bfloat16: the upper 16 bits of a float32. */

/**
 * Rounds values to bfloat16 in place, to nearest, ties to even, as torch does; they stay in float32. What exceeds the
 * largest bfloat16 becomes infinite; NaN stays NaN.
 */
export const roundToBf16 = (values: Float32Array): Float32Array => {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length)
  for (let i = 0; i < bits.length; i++) {
    const word = bits[i]!
    if ((word & 0x7fffffff) > 0x7f800000) bits[i] = 0x7fc00000
    // half a unit of the last kept bit, less one where that bit is 0, so that ties go to even
    else bits[i] = (word + 0x7fff + (word >>> 16 & 1)) & 0xffff0000
  }
  return values
}
