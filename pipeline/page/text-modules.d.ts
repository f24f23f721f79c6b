/** A script for a browser, bundled with all it imports. */
declare module "*.script" {
  const script: string
  export default script
}
