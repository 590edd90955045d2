/** Runs the checks one after the other, and counts those that fail. */
export class Report {
  #of;
  #passed = 0;
  #failed = 0;

  constructor(of) {
    this.#of = of;
  }

  async check(name, body) {
    try {
      await body();
      this.#passed += 1;
      console.log(`ok      ${name}`);
    } catch (error) {
      this.#failed += 1;
      console.log(`FAILED  ${name}\n${error.stack}`);
    }
  }

  /** Prints the numbers, and returns the exit code. */
  end() {
    console.log(`${this.#of}: ${this.#passed} passed, ${this.#failed} failed`);
    return this.#failed > 0 ? 1 : 0;
  }
}

export function ok(condition, text) {
  if (!condition) throw new Error(text);
}

export function equal(actual, expected) {
  ok(actual === expected, `${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
}
