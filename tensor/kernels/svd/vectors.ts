/**
 * Memory and the inner loops over it, in plain TypeScript: what the rest of this folder is written in.
 *
 * ../assembly/svd/vectors.ts is the same in SIMD, two numbers an instruction. Sums here are those of its lanes, added in its order,
 * so that both give the same bits; neither fuses a multiplication with an addition. Places are counted in numbers.
 * Lengths are multiples of four.
 */
let memory = new Float64Array(0)

/** Sets the memory that all functions work on. */
export function work(on: Float64Array<ArrayBuffer>): void {
  memory = on
}

export function get(at: i32): f64 {
  return memory[at]!
}

export function set(at: i32, value: f64): void {
  memory[at] = value
}

export function clear(at: i32, length: i32): void {
  memory.fill(0, at, at + length)
}

export function copy(to: i32, from: i32, length: i32): void {
  memory.copyWithin(to, from, from + length)
}

/** a·b */
export function dot(a: i32, b: i32, length: i32): f64 {
  let s0 = 0, s1 = 0, s2 = 0, s3 = 0
  for (let i = 0; i < length; i += 4) {
    s0 += memory[a + i]! * memory[b + i]!
    s1 += memory[a + i + 1]! * memory[b + i + 1]!
    s2 += memory[a + i + 2]! * memory[b + i + 2]!
    s3 += memory[a + i + 3]! * memory[b + i + 3]!
  }
  return s0 + s2 + (s1 + s3)
}

/** x ← factor·x */
export function scale(x: i32, factor: f64, length: i32): void {
  for (let i = x; i < x + length; i++) memory[i]! *= factor
}

/** y ← y − factor·x */
export function subtractMultiple(y: i32, factor: f64, x: i32, length: i32): void {
  for (let i = 0; i < length; i++) memory[y + i]! -= factor * memory[x + i]!
}

/** x ← cosine·x + sine·y, y ← cosine·y − sine·x */
export function rotate(x: i32, y: i32, cosine: f64, sine: f64, length: i32): void {
  for (let i = 0; i < length; i++) {
    const a = memory[x + i]!, b = memory[y + i]!
    memory[x + i] = cosine * a + sine * b
    memory[y + i] = cosine * b - sine * a
  }
}

/** For four rows C, `stride` apart, W ← W + V·Cᵀ, where V has an even number of rows equally far apart; W (count, 4). */
export function projectRows(C: i32, V: i32, stride: i32, count: i32, length: i32, W: i32): void {
  for (let i = 0; i < count; i++) {
    for (let row = 0; row < 4; row++) {
      let even = 0, odd = 0
      for (let j = 0; j < length; j += 2) {
        even += memory[V + i * stride + j]! * memory[C + row * stride + j]!
        odd += memory[V + i * stride + j + 1]! * memory[C + row * stride + j + 1]!
      }
      memory[W + 4 * i + row]! += even + odd
    }
  }
}

/** For the same rows, C ← C − Wᵀ·V. */
export function subtractRows(C: i32, V: i32, stride: i32, count: i32, length: i32, W: i32): void {
  for (let row = 0; row < 4; row++) {
    for (let j = 0; j < length; j++) {
      let x = memory[C + row * stride + j]!
      for (let i = 0; i < count; i++) x -= memory[W + 4 * i + row]! * memory[V + i * stride + j]!
      memory[C + row * stride + j] = x
    }
  }
}

/** For four rows A: A ← A − u·yᵀ − z·vᵀ, and sums ← A·next. */
export function updateRows(
  A: i32,
  stride: i32,
  length: i32,
  u: i32,
  y: i32,
  z: i32,
  v: i32,
  next: i32,
  sums: i32
): void {
  for (let row = 0; row < 4; row++) {
    const at = A + row * stride, ur = memory[u + row]!, zr = memory[z + row]!
    let even = 0, odd = 0
    for (let j = 0; j < length; j += 2) {
      const a = memory[at + j]! - ur * memory[y + j]! - zr * memory[v + j]!
      const b = memory[at + j + 1]! - ur * memory[y + j + 1]! - zr * memory[v + j + 1]!
      memory[at + j] = a
      memory[at + j + 1] = b
      even += a * memory[next + j]!
      odd += b * memory[next + j + 1]!
    }
    memory[sums + row] = even + odd
  }
}

/** For four rows A: sum ← sum + Aᵀ·x. */
export function addRows(A: i32, stride: i32, length: i32, x: i32, sum: i32): void {
  const x0 = memory[x]!, x1 = memory[x + 1]!, x2 = memory[x + 2]!, x3 = memory[x + 3]!
  const A1 = A + stride, A2 = A1 + stride, A3 = A2 + stride
  for (let j = 0; j < length; j++) {
    memory[sum + j]! += x0 * memory[A + j]! + x1 * memory[A1 + j]! + (x2 * memory[A2 + j]! + x3 * memory[A3 + j]!)
  }
}
