/** A compiled kernel and its memory. */
export interface Instance<Exports> {
  readonly exports: Exports
  readonly memory: ArrayBuffer
}

/** Bytes of a page of memory. */
const pageBytes = 65_536

/** Starts a kernel of compiled/ with at least so many bytes of memory, which stay where they are. */
export const instance = <Exports>(wasm: string, bytes: number): Instance<Exports> => {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / pageBytes) })
  const module = new WebAssembly.Module(Buffer.from(wasm, "base64"))
  return { exports: new WebAssembly.Instance(module, { env: { memory } }).exports as Exports, memory: memory.buffer }
}
