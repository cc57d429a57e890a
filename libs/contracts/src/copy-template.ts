import { z } from 'zod';

/** What an item says of itself, as a template names it. */
export const COPY_FIELDS = ['title', 'category', 'price'] as const;
export type CopyField = (typeof COPY_FIELDS)[number];

/** A part of a template. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly field: CopyField }
  /** One of some texts, as the model chooses. */
  | { readonly kind: 'choice'; readonly texts: readonly string[] }
  /** Words of the item's title and categories, as the model puts them together. */
  | { readonly kind: 'words'; readonly atMost: number };

const MAX_TEMPLATES = 10;
const MAX_TEMPLATE_CHARACTERS = 300;

const SLOT = /\{([^{}]*)\}/u;
const WORDS = /^words(?::([1-9]))?$/u;
const DEFAULT_WORDS = 3;

/** The parts of a template of offer copy; a text where it is none: what is wrong with it. */
export const parseCopyTemplate = (template: string): readonly TemplatePart[] | string => {
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
  const field = COPY_FIELDS.find((each) => each === slot);
  if (field !== undefined) return { kind: 'field', field };
  const words = WORDS.exec(slot);
  return words === null ? undefined : { kind: 'words', atMost: Number(words[1] ?? DEFAULT_WORDS) };
};

const copyTemplate = z
  .string()
  .min(1)
  .max(MAX_TEMPLATE_CHARACTERS)
  .superRefine((text, context) => {
    const parts = parseCopyTemplate(text);
    if (typeof parts === 'string') context.addIssue({ code: 'custom', message: parts });
  });

/** A shop's own templates of offer copy. */
export const copyTemplatesSchema = z.array(copyTemplate).min(1).max(MAX_TEMPLATES).meta({
  description:
    "The shop's own. Slots: `{title}`, `{category}`, `{price}`; `{new|fresh}`, of which the model chooses one; `{words}` or `{words:5}`, words of the item's title and categories that the model puts together. Left out: some that are built in.",
});
