// Singular values and vectors. What it computes is written once, in ../svd/, and there compiled as TypeScript too;
// ../svd/vectors.ts alone is replaced, by svd/vectors.ts here.
export { decompose, leftPlace, leftStride, matrixPlace, plan, rightPlace, rowStride, valuesPlace } from "../svd/svd"
