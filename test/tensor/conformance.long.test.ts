/** Providers of GPUs, which take long to prepare a graph. Each in its turn: a driver may end the process it fails in. */
import { conforms } from "./conformance.ts"

await conforms("onnx:cuda")
await conforms("onnx:webgpu")
