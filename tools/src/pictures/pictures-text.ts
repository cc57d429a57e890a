import type { SentPictures } from './send-pictures.js';

const SHOWN = 20;

export const sentText = ({ sent, same, refused }: SentPictures): string =>
  [
    `${sent} ${sent === 1 ? 'picture' : 'pictures'} sent, ${same} there already, ${refused.length} refused`,
    ...refused.slice(0, SHOWN).map(({ name, reason }) => `  ${name}: ${reason}`),
    ...(refused.length > SHOWN ? [`  and ${refused.length - SHOWN} more; --json names all`] : []),
  ].join('\n');
