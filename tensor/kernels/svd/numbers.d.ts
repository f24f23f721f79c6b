// AssemblyScript's names for what WebAssembly computes with. The files beside this one are compiled by both.
/** Whole number in ±2³¹: a count, or the place of a number in memory. */
declare type i32 = number
declare type f64 = number
