//! What went wrong in words that say what to do.

export class Failure extends Error {
  readonly remedy: string;

  constructor(message: string, remedy: string) {
    super(`${message}\nhint: ${remedy}`);
    this.name = "DevServerFailure";
    this.remedy = remedy;
    // Nothing in this package is to blame: where it was found out would only hide what is said.
    this.stack = `${this.name}: ${this.message}`;
  }
}
