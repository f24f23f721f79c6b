/** Names that several of the report's queries use. */
import type { Database } from "./database.ts"
import { studentQuantiles } from "./student.ts"

/**
 * A zero matrix has no spectrum (NaN), so means over layers are taken over those that
 * have one, and are NaN where none has.
 */
const views = `
  create macro mean(x) as coalesce(avg(x) filter (where not isnan(x)), 'nan'::double);
  create macro half_width(x) as
    stddev_samp(x) filter (where isfinite(x)) / sqrt(count(x) filter (where isfinite(x)))
    * student(count(x) filter (where isfinite(x)));

  -- one row a run, in the study's order
  create view runs as
  select arms.position as place, arms.size, arms.arm, arms.method, arms.published_size, labels.seed, arms.first_merge
  from arms join (select distinct size, arm, seed from metrics) as labels using (size, arm);

  -- one row a matrix, averaged over seeds
  create view layers as
  select arms.position as place, arms.method, arms.product_dtype, arms.published_size, size, arm, step, since, component, kind, layer, rows,
    columns,
    mean(per) as per, mean(condition_number) as condition_number, avg(numerical_rank) as numerical_rank,
    mean(condition_number_of_rank) as condition_number_of_rank, mean(sigma_max) as sigma_max,
    mean(sigma_min) as sigma_min, mean(frobenius) as frobenius, max(rank_bound) as rank_bound,
    mean(per_of_rank) as per_of_rank, mean(condition_number_of_factors) as condition_number_of_factors,
    mean(nuclear) as nuclear, mean(max_abs) as max_abs, mean(gini) as gini, mean(hoyer) as hoyer
  from spectra join arms using (size, arm)
  group by all;

  -- one row a component, averaged over layers
  create view components as
  select place, method, product_dtype, published_size, size, arm, step, since, step / study.steps as share, component,
    kind, rows, columns,
    max(rank_bound) as rank_bound,
    count(*) as matrices, count(*) filter (where frobenius = 0) as zero,
    mean(per) as per, half_width(per) as per_band,
    mean(condition_number) as condition_number, half_width(condition_number) as condition_number_band,
    avg(numerical_rank) as numerical_rank, half_width(numerical_rank) as numerical_rank_band,
    mean(condition_number_of_rank) as condition_number_of_rank,
    half_width(condition_number_of_rank) as condition_number_of_rank_band,
    mean(frobenius) as frobenius, mean(per_of_rank) as per_of_rank,
    mean(condition_number_of_factors) as condition_number_of_factors,
    mean(nuclear) as nuclear, mean(max_abs) as max_abs, mean(gini) as gini, mean(hoyer) as hoyer
  from (from layers order by layer), study
  group by all;

  -- the first full-rank arm of each size is what the others are compared with
  create view baselines as
  select size, arg_min(arm, position) as arm from arms where method = 'full-rank' group by size;

  -- Loss around each step: of the step itself, whose batch is seen before its update, of the next, and means over five
  -- on either side, where there are five. All arms see the same batches, so that less_full_rank, the change of the means
  -- less that of the full-rank run of the same size and seed, is free of what batches differ in.
  create view around as
  with each as (
    select *, lead(loss) over run as after,
      case when count(*) over five_before = 5 then avg(loss) over five_before end as before_five,
      case when count(*) over five_after = 5 then avg(loss) over five_after end as after_five
    from metrics
    window run as (partition by size, arm, seed order by step),
      five_before as (partition by size, arm, seed order by step rows between 4 preceding and current row),
      five_after as (partition by size, arm, seed order by step rows between 1 following and 5 following)
  )
  select each.*, each.after_five - each.before_five as jump_five,
    each.after_five - each.before_five - (baseline.after_five - baseline.before_five) as less_full_rank
  from each
  left join (from each semi join baselines using (size, arm)) as baseline
    on baseline.size = each.size and baseline.seed = each.seed and baseline.step = each.step;

  -- text held out of the corpus or beside it, as a whole
  create view heldout as
  select size, arm, seed, step, sum(nats) / sum(tokens) as nats_per_token,
    exp(sum(nats) / sum(tokens)) as token_weighted,
    sum(mean_of_texts * texts) / sum(texts) as mean_of_texts
  from (from perplexity where source = 'held-out' order by domain)
  group by all;

  -- one row a phenomenon, the mean over its paradigms, and 'overall', the mean over all paradigms
  create view phenomena as
  with paradigms as (
    select size, arm, seed, step, suite, phenomenon, paradigm, pairs, ties, 100.0 * correct / pairs as percent
    from accuracy order by suite, phenomenon, paradigm
  )
  select size, arm, seed, step, suite, phenomenon, count(*) as paradigms, sum(pairs) as pairs, sum(ties) as ties,
    avg(percent) as percent
  from paradigms group by all
  union all
  select size, arm, seed, step, suite, 'overall', count(*), sum(pairs), sum(ties), avg(percent)
  from paradigms group by all;

  -- training loss over the last steps, beside one row a run
  create view tails as
  select size, arm, seed, avg(loss) as loss, arg_max(loss, step) as last_loss, max(step) as step, max(tokens) as tokens
  from (from metrics order by step)
  where step > (select max(steps) - max(tail) from study)
  group by all;

  -- ids of the rows that training reached, and how often each occurs
  create view unigrams as
  select token, count(*) as occurrences
  from packed
  where row < (select max(steps)::bigint * max(batch_size) from study)
  group by token;
  create view unigram as
  select sum(occurrences) as tokens, -sum(share * ln(share)) as entropy
  from (
    select token, occurrences, occurrences / sum(occurrences) over () as share from unigrams order by token
  );
`

/** Creates the views; they read tables of measurements, of the study and of published figures. */
export const createViews = async (database: Database): Promise<void> => {
  await database.run(studentQuantiles())
  await database.run(views)
}
