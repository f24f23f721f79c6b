/** Providers of GPUs, which take long to prepare a graph. */
import { conforms } from "./conformance.ts"

const trials = { operation: 4, chains: 15 }

await conforms("onnx:cuda", trials)
await conforms("onnx:webgpu", trials)
