// What a rule says about a text that breaks it. Manifests and the data plane ask the same rules, so that what one
// takes the other takes too.

export interface RuleProblem {
  /** Completes the sentence "the <field> …"; never repeats the text, which may be a secret. */
  readonly problem: string
  /** One imperative sentence. */
  readonly hint: string
}
