import { cases } from "../../bench/reference/cases.ts"
import { agreesWithReference } from "./fidelity.ts"

agreesWithReference(cases.find(({ name }) => name === "tiny")!)
