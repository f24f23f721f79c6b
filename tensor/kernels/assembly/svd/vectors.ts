/** ../../svd/vectors.ts in SIMD: the same sums in the same order, two numbers an instruction. */

// @ts-ignore: decorator
function place(at: i32): usize {
  return <usize> at << 3
}

// @ts-ignore: decorator
function sum(lanes: v128): f64 {
  return f64x2.extract_lane(lanes, 0) + f64x2.extract_lane(lanes, 1)
}

// @ts-ignore: decorator
function times(a: v128, b: v128): v128 {
  return f64x2.mul(a, b)
}

// @ts-ignore: decorator
export function get(at: i32): f64 {
  return load<f64>(place(at))
}

// @ts-ignore: decorator
export function set(at: i32, value: f64): void {
  store<f64>(place(at), value)
}

export function clear(at: i32, length: i32): void {
  memory.fill(place(at), 0, place(length))
}

export function copy(to: i32, from: i32, length: i32): void {
  memory.copy(place(to), place(from), place(length))
}

export function dot(a: i32, b: i32, length: i32): f64 {
  let p = place(a), q = place(b)
  let s = f64x2.splat(0), t = s
  for (const end = p + place(length); p < end; p += 32, q += 32) {
    s = f64x2.add(s, times(v128.load(p), v128.load(q)))
    t = f64x2.add(t, times(v128.load(p, 16), v128.load(q, 16)))
  }
  return sum(f64x2.add(s, t))
}

export function scale(x: i32, factor: f64, length: i32): void {
  const f = f64x2.splat(factor)
  let p = place(x)
  for (const end = p + place(length); p < end; p += 16) v128.store(p, times(v128.load(p), f))
}

export function subtractMultiple(y: i32, factor: f64, x: i32, length: i32): void {
  const f = f64x2.splat(factor)
  let p = place(y), q = place(x)
  for (const end = p + place(length); p < end; p += 32, q += 32) {
    v128.store(p, f64x2.sub(v128.load(p), times(f, v128.load(q))))
    v128.store(p, f64x2.sub(v128.load(p, 16), times(f, v128.load(q, 16))), 16)
  }
}

export function rotate(x: i32, y: i32, cosine: f64, sine: f64, length: i32): void {
  const c = f64x2.splat(cosine), s = f64x2.splat(sine)
  let p = place(x), q = place(y)
  for (const end = p + place(length); p < end; p += 16, q += 16) {
    const a = v128.load(p), b = v128.load(q)
    v128.store(p, f64x2.add(times(c, a), times(s, b)))
    v128.store(q, f64x2.sub(times(c, b), times(s, a)))
  }
}

/** Two rows of V at a time by four of C: eight sums, and loads enough for two a cycle. */
export function projectRows(C: i32, V: i32, stride: i32, count: i32, length: i32, W: i32): void {
  const step = place(stride)
  const bytes = place(length)
  let w = place(W)
  for (let i: i32 = 0; i < count; i += 2, w += 64) {
    let p = place(V + i * stride), q = p + step
    let a = place(C), b = a + step, c = b + step, d = c + step
    const zero = f64x2.splat(0)
    let s0 = zero, s1 = zero, s2 = zero, s3 = zero, t0 = zero, t1 = zero, t2 = zero, t3 = zero
    for (const end = p + bytes; p < end; p += 16, q += 16, a += 16, b += 16, c += 16, d += 16) {
      const v0 = v128.load(p), v1 = v128.load(q)
      let x = v128.load(a)
      s0 = f64x2.add(s0, times(v0, x))
      t0 = f64x2.add(t0, times(v1, x))
      x = v128.load(b)
      s1 = f64x2.add(s1, times(v0, x))
      t1 = f64x2.add(t1, times(v1, x))
      x = v128.load(c)
      s2 = f64x2.add(s2, times(v0, x))
      t2 = f64x2.add(t2, times(v1, x))
      x = v128.load(d)
      s3 = f64x2.add(s3, times(v0, x))
      t3 = f64x2.add(t3, times(v1, x))
    }
    store<f64>(w, load<f64>(w) + sum(s0))
    store<f64>(w, load<f64>(w, 8) + sum(s1), 8)
    store<f64>(w, load<f64>(w, 16) + sum(s2), 16)
    store<f64>(w, load<f64>(w, 24) + sum(s3), 24)
    store<f64>(w, load<f64>(w, 32) + sum(t0), 32)
    store<f64>(w, load<f64>(w, 40) + sum(t1), 40)
    store<f64>(w, load<f64>(w, 48) + sum(t2), 48)
    store<f64>(w, load<f64>(w, 56) + sum(t3), 56)
  }
}

/** Four columns of the four rows stay in registers while all of V goes by. */
export function subtractRows(C: i32, V: i32, stride: i32, count: i32, length: i32, W: i32): void {
  const step = place(stride)
  let a = place(C), b = a + step, c = b + step, d = c + step
  let v = place(V)
  const w0 = place(W)
  const last = w0 + (<usize> count << 5)
  for (const end = a + place(length); a < end; a += 32, b += 32, c += 32, d += 32, v += 32) {
    let a0 = v128.load(a), a1 = v128.load(a, 16), b0 = v128.load(b), b1 = v128.load(b, 16)
    let c0 = v128.load(c), c1 = v128.load(c, 16), d0 = v128.load(d), d1 = v128.load(d, 16)
    let p = v
    for (let w = w0; w < last; w += 32, p += step) {
      const v0 = v128.load(p), v1 = v128.load(p, 16)
      let f = v128.load64_splat(w)
      a0 = f64x2.sub(a0, times(f, v0))
      a1 = f64x2.sub(a1, times(f, v1))
      f = v128.load64_splat(w, 8)
      b0 = f64x2.sub(b0, times(f, v0))
      b1 = f64x2.sub(b1, times(f, v1))
      f = v128.load64_splat(w, 16)
      c0 = f64x2.sub(c0, times(f, v0))
      c1 = f64x2.sub(c1, times(f, v1))
      f = v128.load64_splat(w, 24)
      d0 = f64x2.sub(d0, times(f, v0))
      d1 = f64x2.sub(d1, times(f, v1))
    }
    v128.store(a, a0)
    v128.store(a, a1, 16)
    v128.store(b, b0)
    v128.store(b, b1, 16)
    v128.store(c, c0)
    v128.store(c, c1, 16)
    v128.store(d, d0)
    v128.store(d, d1, 16)
  }
}

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
  const step = place(stride)
  let a = place(A), b = a + step, c = b + step, d = c + step
  let py = place(y), pv = place(v), pn = place(next)
  const pu = place(u), pz = place(z), out = place(sums)
  const u0 = v128.load64_splat(pu), u1 = v128.load64_splat(pu, 8)
  const u2 = v128.load64_splat(pu, 16), u3 = v128.load64_splat(pu, 24)
  const z0 = v128.load64_splat(pz), z1 = v128.load64_splat(pz, 8)
  const z2 = v128.load64_splat(pz, 16), z3 = v128.load64_splat(pz, 24)
  const zero = f64x2.splat(0)
  let s0 = zero, s1 = zero, s2 = zero, s3 = zero
  for (const end = a + place(length); a < end; a += 16, b += 16, c += 16, d += 16, py += 16, pv += 16, pn += 16) {
    const yj = v128.load(py), vj = v128.load(pv), nj = v128.load(pn)
    let x = f64x2.sub(f64x2.sub(v128.load(a), times(u0, yj)), times(z0, vj))
    v128.store(a, x)
    s0 = f64x2.add(s0, times(x, nj))
    x = f64x2.sub(f64x2.sub(v128.load(b), times(u1, yj)), times(z1, vj))
    v128.store(b, x)
    s1 = f64x2.add(s1, times(x, nj))
    x = f64x2.sub(f64x2.sub(v128.load(c), times(u2, yj)), times(z2, vj))
    v128.store(c, x)
    s2 = f64x2.add(s2, times(x, nj))
    x = f64x2.sub(f64x2.sub(v128.load(d), times(u3, yj)), times(z3, vj))
    v128.store(d, x)
    s3 = f64x2.add(s3, times(x, nj))
  }
  store<f64>(out, sum(s0))
  store<f64>(out, sum(s1), 8)
  store<f64>(out, sum(s2), 16)
  store<f64>(out, sum(s3), 24)
}

export function addRows(A: i32, stride: i32, length: i32, x: i32, total: i32): void {
  const step = place(stride)
  let a = place(A), b = a + step, c = b + step, d = c + step, t = place(total)
  const px = place(x)
  const x0 = v128.load64_splat(px), x1 = v128.load64_splat(px, 8)
  const x2 = v128.load64_splat(px, 16), x3 = v128.load64_splat(px, 24)
  for (const end = a + place(length); a < end; a += 16, b += 16, c += 16, d += 16, t += 16) {
    const first = f64x2.add(times(x0, v128.load(a)), times(x1, v128.load(b)))
    const second = f64x2.add(times(x2, v128.load(c)), times(x3, v128.load(d)))
    v128.store(t, f64x2.add(v128.load(t), f64x2.add(first, second)))
  }
}
