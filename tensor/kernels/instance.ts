/** A compiled kernel and its memory. */
export interface Instance<Exports> {
  readonly exports: Exports
  readonly memory: ArrayBufferLike
}

/** Bytes of a page of memory. */
export const pageBytes = 65_536

/** The module of a kernel of compiled/. */
export const moduleOf = (wasm: string): WebAssembly.Module => new WebAssembly.Module(Buffer.from(wasm, "base64"))

/**
 * Starts a kernel of compiled/ with at least so many bytes of memory, which stay where they are; `shared` where the kernel was
 * compiled for memory that threads share.
 */
export const instance = <Exports>(
  wasm: string,
  bytes: number,
  { shared = false }: { readonly shared?: boolean } = {}
): Instance<Exports> => {
  const pages = Math.ceil(bytes / pageBytes)
  const memory = new WebAssembly.Memory({ initial: pages, ...(shared && { maximum: pages, shared }) })
  return {
    exports: new WebAssembly.Instance(moduleOf(wasm), { env: { memory } }).exports as Exports,
    memory: memory.buffer
  }
}
