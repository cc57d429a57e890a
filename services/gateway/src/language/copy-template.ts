import type { CopyItem } from './language-tasks.js';

/** A part of a template. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** What the item says of itself. */
  | { readonly kind: 'field'; readonly field: keyof typeof FIELDS }
  /** One of some texts, as the model chooses. */
  | { readonly kind: 'choice'; readonly texts: readonly string[] }
  /** Words of the item's title and categories, as the model puts them together. */
  | { readonly kind: 'words'; readonly atMost: number };

const FIELDS = {
  title: ({ title }: CopyItem) => title,
  category: ({ categories }: CopyItem) => categories.at(-1),
  price: ({ price }: CopyItem) => price,
} as const;

const SLOT = /\{([^{}]*)\}/u;
const WORDS = /^words(?::([1-9]))?$/u;
const DEFAULT_WORDS = 3;

/** The parts of a template; a text where it is none: what is wrong with it. */
export const parseTemplate = (template: string): readonly TemplatePart[] | string => {
  const parts: TemplatePart[] = [];
  for (const [index, piece] of template.split(SLOT).entries()) {
    if (index % 2 === 0) {
      if (/[{}]/u.test(piece)) return 'has a brace without its other one';
      if (piece !== '') parts.push({ kind: 'text', text: piece });
      continue;
    }
    const part = slotOf(piece);
    if (part === undefined)
      return `has a slot that is none of {title}, {category}, {price}, {words}, {words:1} to {words:9} and {one|another}`;
    parts.push(part);
  }
  return parts;
};

const slotOf = (slot: string): TemplatePart | undefined => {
  if (slot.includes('|')) return { kind: 'choice', texts: slot.split('|') };
  if (Object.hasOwn(FIELDS, slot)) return { kind: 'field', field: slot as keyof typeof FIELDS };
  const words = WORDS.exec(slot);
  return words === null ? undefined : { kind: 'words', atMost: Number(words[1] ?? DEFAULT_WORDS) };
};

/** What the item says in a field; undefined where it says nothing. */
export const fieldOf = (item: CopyItem, field: keyof typeof FIELDS): string | undefined => FIELDS[field](item);

/** What is filled where the request brings no templates. */
export const BUILT_IN_TEMPLATES: readonly string[] = [
  '{New|Now in|Just in}: {title}',
  '{title} – {from|in} {category}',
  '{Discover|See|Find} {title}',
  '{title} {for|at|from} {price}',
  '{More of|Best of} {category}: {words:4}',
];
