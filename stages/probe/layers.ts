/** Layers whose learning dynamics are watched, as in arXiv 2509.12960. */

/** A layer's component in the study and its path in the model. */
export const watched = { v_proj: "attention.v_proj", o_proj: "attention.o_proj", w_2: "swiglu.w_2" } as const
export type Watched = keyof typeof watched
export const components = Object.keys(watched) as ReadonlyArray<Watched>

export const layerName = (layer: number, component: Watched): string => `layers.${layer}.${watched[component]}`
