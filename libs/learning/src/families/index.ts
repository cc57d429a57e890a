import { behaviour } from './behaviour.js';
import { collaborative } from './collaborative.js';
import { content } from './content.js';
import { popular } from './popular.js';
import { together } from './together.js';

/** Every family that can be trained, by the name that models, cards and options use. */
export const FAMILIES = { behaviour, collaborative, content, popular, together } as const;

export type FamilyName = keyof typeof FAMILIES;
export const FAMILY_NAMES = Object.keys(FAMILIES) as readonly FamilyName[];
