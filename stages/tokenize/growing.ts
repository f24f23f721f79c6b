/** A list of whole numbers that grows, four bytes each. */
export class Growing {
  #values = new Int32Array(1024)
  #length = 0

  get length(): number {
    return this.#length
  }

  append(values: ArrayLike<number>): void {
    this.#reserve(values.length)
    this.#values.set(values, this.#length)
    this.#length += values.length
  }

  repeat(value: number, times: number): void {
    this.#reserve(times)
    this.#values.fill(value, this.#length, this.#length + times)
    this.#length += times
  }

  #reserve(count: number): void {
    if (this.#length + count <= this.#values.length) return
    const larger = new Int32Array(Math.max(2 * this.#values.length, this.#length + count))
    larger.set(this.#values.subarray(0, this.#length))
    this.#values = larger
  }

  /** What has been appended, without a copy: valid until the next append. */
  values(): Int32Array {
    return this.#values.subarray(0, this.#length)
  }

  clear(): void {
    this.#length = 0
  }
}
