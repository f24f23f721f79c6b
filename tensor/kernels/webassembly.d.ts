// The part of WebAssembly's interface that kernels use; the standard library's types have it for browsers only.
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { readonly initial: number; readonly maximum?: number; readonly shared?: boolean })
    readonly buffer: ArrayBuffer
    grow(pages: number): number
  }
  interface Module {
    readonly [Symbol.toStringTag]: "WebAssembly.Module"
  }
  const Module: new(bytes: Uint8Array) => Module
  class Instance {
    constructor(module: Module, imports: Record<string, Record<string, unknown>>)
    readonly exports: Record<string, unknown>
  }
  function validate(bytes: Uint8Array): boolean
}
