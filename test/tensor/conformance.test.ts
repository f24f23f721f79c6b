import { conforms } from "./conformance.ts"

await conforms("onnx:cpu")
await conforms("tensorflow")
