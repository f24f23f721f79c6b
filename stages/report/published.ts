/**
 * What the study published: arXiv 2509.12960 ("Investigating ReLoRA: Effects on the Learning Dynamics of Small Language Models")
 * and its repository, kind by kind. Where a point could not be read the value is null. `sources` says where each kind is from.
 */
export * from "./published/cost.ts"
export * from "./published/curves.ts"
export * from "./published/merges.ts"
export * from "./published/minimal-pairs.ts"
export * from "./published/models.ts"
export * from "./published/paradigms.ts"
export * from "./published/sources.ts"
export * from "./published/training.ts"
export * from "./published/updates.ts"
export * from "./published/weights.ts"
