/** A query, without its comments. */
declare module "*.sql" {
  const sql: string
  export default sql
}
