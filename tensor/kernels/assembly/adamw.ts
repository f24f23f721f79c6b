// asc --enable threads --sharedMemory --initialMemory 1 --maximumMemory 65536
/**
 * AdamW on a block of one tensor, four elements at a time: `count` float32 numbers (a multiple of 4) each at `values`,
 * `gradient`, `expAvg` and `expAvgSq` bytes in a memory that threads share. The formula is in model/adamw.ts.
 *
 * Moments move by differences, m + (1 − β₁)(g − m), and decay is one term of what a value loses, so that factors near 1
 * are never rounded to single precision.
 */

/** Updates a block in place; gives the sum of its squared gradient. */
export function update(
  values: usize,
  gradient: usize,
  expAvg: usize,
  expAvgSq: usize,
  count: i32,
  new1: f32,
  new2: f32,
  size: f32,
  correction: f32,
  epsilon: f32,
  decay: f32
): f64 {
  const w1 = f32x4.splat(new1)
  const w2 = f32x4.splat(new2)
  const steps = f32x4.splat(size)
  const corrections = f32x4.splat(correction)
  const epsilons = f32x4.splat(epsilon)
  const decays = f32x4.splat(decay)
  let squares = f64x2.splat(0)
  for (let at: usize = 0, end: usize = count << 2; at < end; at += 16) {
    const g = v128.load(gradient + at)
    const square = f32x4.mul(g, g)
    const oldM = v128.load(expAvg + at)
    const oldV = v128.load(expAvgSq + at)
    const m = f32x4.add(oldM, f32x4.mul(w1, f32x4.sub(g, oldM)))
    const v = f32x4.add(oldV, f32x4.mul(w2, f32x4.sub(square, oldV)))
    v128.store(expAvg + at, m)
    v128.store(expAvgSq + at, v)
    const root = f32x4.add(f32x4.mul(f32x4.sqrt(v), corrections), epsilons)
    const value = v128.load(values + at)
    const lost = f32x4.add(f32x4.mul(value, decays), f32x4.div(f32x4.mul(m, steps), root))
    v128.store(values + at, f32x4.sub(value, lost))
    const low = f64x2.promote_low_f32x4(g)
    const high = f64x2.promote_low_f32x4(
      i8x16.shuffle(g, g, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15)
    )
    squares = f64x2.add(squares, f64x2.add(f64x2.mul(low, low), f64x2.mul(high, high)))
  }
  return f64x2.extract_lane(squares, 0) + f64x2.extract_lane(squares, 1)
}
