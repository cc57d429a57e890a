/** What is filled where the shop has no templates of its own. */
export const BUILT_IN_TEMPLATES: readonly string[] = [
  '{New|Now in|Just in}: {title}',
  '{title} – {from|in} {category}',
  '{Discover|See|Find} {title}',
  '{title} {for|at|from} {price}',
  '{More of|Best of} {category}: {words:4}',
];
