/** What a bench gives back: figures, and the goals they are held against. */

export interface Goal {
  readonly name: string;
  readonly value: number | null;
  readonly op: '<=' | '>=';
  readonly goal: number;
}

export interface Measured {
  readonly figures: Readonly<Record<string, unknown>>;
  readonly goals: readonly Goal[];
}

/** What every bench file exports as `measure`. It says what it does on standard error. */
export type Measure = () => Promise<Measured>;
