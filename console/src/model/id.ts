// Ids as lists show them: the last characters, which tell them apart.

const SHOWN = 4;

export function short(id: string): string {
  return id.slice(-SHOWN);
}

/** Long enough to be told apart in a list of any length, so that ids are as long in every list of messages. */
const LISTED = 7;

export function listed(id: string): string {
  return id.slice(-LISTED);
}
