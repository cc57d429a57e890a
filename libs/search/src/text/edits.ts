/** Shorter words have one edit to too much of everything. */
export const LEAST_EDITED = 4;

/**
 * What a word becomes by one edit at a place: the character there left out, swapped with the next, exchanged, or another put in before it.
 *
 * @param at up to the word's length: behind it there is nothing but to put in
 * @param others characters that may be missing
 */
export const editsAt = (word: string, at: number, others: Iterable<string>): string[] => {
  const head = word.slice(0, at);
  const character = word.charAt(at);
  const rest = word.slice(at + 1);
  const edits: string[] = [];
  if (character !== '') edits.push(head + rest);
  if (rest !== '') edits.push(head + rest.charAt(0) + character + rest.slice(1));
  for (const other of others) {
    if (character !== '') edits.push(head + other + rest);
    edits.push(head + other + character + rest);
  }
  return edits;
};
