/**
 * Joins published series to rows of this study at the same share of training: the nearest published point, where one
 * is within a fortieth of the whole run. Both sides have size, method, component and share; `rows` has published_size.
 */
export const atSameShare = (rows: string, published: string): string => `
    select ${rows}.size, ${rows}.arm, ${rows}.component, ${rows}.kind, ${rows}.step,
      ${published}.object as published_object, ${published}.size as published_model, ${published}.step as published_step,
      ${published}.per as published_per, ${published}.condition_number as published_condition_number
    from ${rows} join ${published}
      on ${published}.size = ${rows}.published_size and ${published}.method = ${rows}.method
      and ${published}.component = ${rows}.component and abs(${published}.share - ${rows}.share) < 0.025
    qualify row_number() over (
      partition by ${rows}.size, ${rows}.arm, ${rows}.component, ${rows}.kind, ${rows}.step
      order by abs(${published}.share - ${rows}.share), ${published}.step
    ) = 1`
