/** Words of few letters, so that they share prefixes, are one edit apart and come again. */
export const randomTitle = (random: () => number): string =>
  Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
    Array.from({ length: 1 + Math.floor(random() ** 2 * 6) }, () => 'abcde'[Math.floor(random() ** 2 * 5)]).join(''),
  ).join(' ');
