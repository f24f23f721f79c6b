/**
 * Product of two packed matrices of float32 numbers. Left, `inner` columns of 4 rows each, panel by panel; right, `inner` rows of
 * 8 columns each, panel by panel; the result row-major, 8·`right` columns wide. Every element is a sum in the order of the inner
 * index, and nothing is fused, so that its bits do not depend on where it stands.
 */

export function product(left: i32, right: i32, inner: i32, a: usize, b: usize, c: usize): void {
  const stride: usize = <usize> right << 5
  for (let i = 0; i < left; i++) {
    const panelA: usize = a + ((<usize> i * inner) << 4)
    for (let j = 0; j < right; j++) {
      let atA: usize = panelA
      let atB: usize = b + ((<usize> j * inner) << 5)
      let c00 = f32x4.splat(0)
      let c01 = c00
      let c10 = c00
      let c11 = c00
      let c20 = c00
      let c21 = c00
      let c30 = c00
      let c31 = c00
      for (let k = 0; k < inner; k++) {
        const b0 = v128.load(atB)
        const b1 = v128.load(atB, 16)
        const a0 = v128.load32_splat(atA)
        c00 = f32x4.add(c00, f32x4.mul(a0, b0))
        c01 = f32x4.add(c01, f32x4.mul(a0, b1))
        const a1 = v128.load32_splat(atA, 4)
        c10 = f32x4.add(c10, f32x4.mul(a1, b0))
        c11 = f32x4.add(c11, f32x4.mul(a1, b1))
        const a2 = v128.load32_splat(atA, 8)
        c20 = f32x4.add(c20, f32x4.mul(a2, b0))
        c21 = f32x4.add(c21, f32x4.mul(a2, b1))
        const a3 = v128.load32_splat(atA, 12)
        c30 = f32x4.add(c30, f32x4.mul(a3, b0))
        c31 = f32x4.add(c31, f32x4.mul(a3, b1))
        atA += 16
        atB += 32
      }
      const at: usize = c + (<usize> i << 2) * stride + (<usize> j << 5)
      v128.store(at, c00)
      v128.store(at, c01, 16)
      v128.store(at + stride, c10)
      v128.store(at + stride, c11, 16)
      v128.store(at + 2 * stride, c20)
      v128.store(at + 2 * stride, c21, 16)
      v128.store(at + 3 * stride, c30)
      v128.store(at + 3 * stride, c31, 16)
    }
  }
}
